#include "sync/engine/outgoing/upload.h"

#include <optional>
#include <string>
#include <utility>

#include "sync/engine/store_work.h"
#include "sync/wire/mime/scanner.h"
#include "sync/wire/mime/seven_bit.h"
#include "sync/wire/smtp/path.h"
#include "sync/wire/smtp/submitted_header.h"

namespace postern::engine::outgoing {

namespace {

using upstream::SmtpSession;
using wire::mime::SevenBitConverter;
using wire::mime::SevenBitPlan;
using wire::smtp::BodyKind;

constexpr std::size_t block_octets = 128UL * 1024;

/// The pieces of a message as its recipients may see it, one after the other.
class Pieces {
 public:
  explicit Pieces(Text& text) : text_(text) {}
  /// Empty at the end.
  asio::awaitable<std::string> next() {
    if (std::exchange(at_header_, false)) {
      std::string header = wire::smtp::without_bcc(text_.header());
      if (!header.empty()) co_return header;
    }
    if (offset_ == text_.rest()) co_return std::string();
    std::string block = co_await text_.read(offset_, block_octets);
    offset_ += block.size();
    co_return block;
  }

 private:
  Text& text_;
  bool at_header_ = true;
  std::uint64_t offset_ = 0;
};

/// What has to change in it, found out where nobody waits.
asio::awaitable<SevenBitPlan> plan_for(store::Account& account, Text& text) {
  wire::mime::Scanner scanner;
  Pieces scanned(text);
  while (true) {
    std::string piece = co_await scanned.next();
    if (piece.empty()) break;
    auto work = [&scanner, piece = std::move(piece)] { scanner.feed(piece); };
    co_await compute(account, std::move(work));
  }
  SevenBitPlan plan(scanner.finish().structure);
  Pieces surveyed(text);
  while (true) {
    std::string piece = co_await surveyed.next();
    if (piece.empty()) break;
    auto work = [&plan, piece = std::move(piece)] { plan.survey(piece); };
    co_await compute(account, std::move(work));
  }
  co_return plan;
}

bool goes_as_it_is(const SmtpSession& session, BodyKind body) {
  const auto& offered = session.extensions();
  switch (body) {
    case BodyKind::seven_bit: return true;
    case BodyKind::eight_bit_mime: return offered.eight_bit_mime;
    case BodyKind::binary_mime: return offered.binary_mime && offered.chunking;
  }
  return true;
}

asio::awaitable<void> send_as_it_is(SmtpSession& session, Text& text) {
  Pieces pieces(text);
  while (true) {
    const std::string piece = co_await pieces.next();
    if (piece.empty()) co_return;
    co_await session.feed(piece);
  }
}

asio::awaitable<void> send_converted(SmtpSession& session, store::Account& account, Text& text,
                                     const SevenBitPlan& plan) {
  SevenBitConverter converter(plan);
  Pieces pieces(text);
  while (true) {
    std::string piece = co_await pieces.next();
    const bool last = piece.empty();
    auto work = [&converter, last, piece = std::move(piece)] {
      std::string out;
      converter.feed(piece, out);
      if (last) converter.finish(out);
      return out;
    };
    const std::string out = co_await compute(account, std::move(work));
    co_await session.feed(out);
    if (last) co_return;
  }
}

}  // namespace

asio::awaitable<upstream::Answer<wire::smtp::Reply>> upload(SmtpSession& session,
                                                            store::Account& account, Text& text,
                                                            const wire::smtp::Sender& sender) {
  using wire::smtp::EnhancedStatus;
  using wire::smtp::Reply;
  // RFC 6531 section 3.6: what it says of itself would not be true at a server without it. A header
  // that says nothing of itself has no seven-bit form either (RFC 6152 section 3).
  const auto& offered = session.extensions();
  const bool header_may_go = offered.smtp_utf8 || (offered.eight_bit_mime && !sender.smtp_utf8) ||
                             wire::smtp::is_ascii(wire::smtp::without_bcc(text.header()));
  if (!header_may_go)
    co_return Reply{
        554, EnhancedStatus{5, 6, 7}, {"the server takes no such characters in a header"}};
  const bool as_it_is = goes_as_it_is(session, sender.body);
  std::optional<SevenBitPlan> plan;
  if (!as_it_is) plan = co_await plan_for(account, text);
  if (plan && !plan->possible())
    co_return Reply{
        554, EnhancedStatus{5, 6, 3}, {"the message has no form that the server takes"}};
  const bool chunks = as_it_is && sender.body == BodyKind::binary_mime;
  const auto asked = co_await session.begin_data(chunks ? SmtpSession::Transfer::chunks
                                                        : SmtpSession::Transfer::data);
  if (!asked || !asked->intermediate()) co_return asked;
  if (plan) {
    co_await send_converted(session, account, text, *plan);
  } else {
    co_await send_as_it_is(session, text);
  }
  co_return asked;
}

}  // namespace postern::engine::outgoing
