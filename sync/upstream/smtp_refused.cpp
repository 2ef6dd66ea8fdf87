#include "sync/upstream/smtp_refused.h"

namespace postern::upstream {

/// RFC 4954 section 6, RFC 5321 section 4.2.1.
Refused refused(const std::string& during, const wire::smtp::Reply& reply) {
  Refused out{Refusal::other, during, reply.line()};
  switch (reply.code) {
    case 535: out.kind = Refusal::auth; break;
    case 530:
    case 538: out.kind = Refusal::no_tls; break;
    case 504:
    case 534: break;
    default:
      if (reply.transient()) out.kind = Refusal::sys_temp;
      break;
  }
  out.certain = out.kind != Refusal::other;
  return out;
}

Refused out_of_step(const char* during, const wire::smtp::Reply& reply) {
  return {Refusal::protocol, during, "a reply that cannot be to this: " + reply.line()};
}

}  // namespace postern::upstream
