#include "sync/upstream/pop3_refused.h"

namespace postern::upstream {

namespace {

Refusal class_of(wire::pop3::ResponseCode code) {
  using wire::pop3::ResponseCode;
  switch (code) {
    case ResponseCode::in_use: return Refusal::in_use;
    case ResponseCode::login_delay: return Refusal::throttled;
    case ResponseCode::sys_temp: return Refusal::sys_temp;
    case ResponseCode::sys_perm: return Refusal::sys_perm;
    case ResponseCode::auth: return Refusal::auth;
    case ResponseCode::none:
    case ResponseCode::other: return Refusal::other;
  }
  return Refusal::other;
}

}  // namespace

Refused refused(const std::string& during, wire::pop3::ResponseCode code,
                const std::string& words) {
  const Refusal kind = class_of(code);
  return {kind, during, words, kind != Refusal::other, {}};
}

}  // namespace postern::upstream
