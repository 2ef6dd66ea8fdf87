#include "sync/engine/outgoing/report.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "sync/engine/outgoing/stored_envelope.h"
#include "sync/engine/store_work.h"
#include "sync/wire/ascii.h"
#include "sync/wire/mime/header.h"

namespace postern::engine::outgoing {

namespace {

using State = store::SubmissionRecipient::State;
using wire::smtp::DeliveryReport;

constexpr std::size_t block_octets = 128UL * 1024;

std::string random_hex() {
  std::array<std::uint8_t, 16> octets{};
  RAND_bytes(octets.data(), octets.size());
  std::string out;
  for (const std::uint8_t octet : octets) out += fmt::format("{:02x}", octet);
  return out;
}

/// RFC 3463: what the server said of it, or that it never said anything.
wire::smtp::EnhancedStatus status_of(std::string_view answer) {
  if (answer.size() > 4) answer.remove_prefix(4);
  if (const auto status = wire::smtp::take_enhanced_status(answer); status && status->kind != 2)
    return {5, status->subject, status->detail};
  return {5, 0, 0};
}

std::string subject_of(std::string_view header) {
  wire::mime::HeaderFields fields(header);
  while (const auto field = fields.next())
    if (wire::equal_ignoring_case(field->name, "Subject"))
      return wire::mime::unfolded_value(field->raw);
  return {};
}

std::vector<DeliveryReport::Recipient> told(const store::Submission& before,
                                            const store::Settlement& after) {
  std::vector<DeliveryReport::Recipient> out;
  // Then there is no copy in Sent, and the report is all that is left of the message.
  const bool nobody_got_it = std::ranges::none_of(
      after.recipients, [](const auto& one) { return one.state == State::sent; });
  for (std::size_t i = 0; i < after.recipients.size(); ++i) {
    const store::SubmissionRecipient& now = after.recipients[i];
    if (before.recipients[i].state != State::due) continue;
    const wire::smtp::Recipient given = recipient_of(now);
    const bool wanted = !given.notify.said || given.notify.failure || nobody_got_it;
    if (now.state == State::failed && wanted) {
      out.push_back({now.address, given.original, DeliveryReport::Action::failed,
                     status_of(now.answer), now.answer});
    } else if (now.state == State::sent && before.certainty == store::Certainty::unknown) {
      out.push_back(
          {now.address, given.original, DeliveryReport::Action::sent_again, {2, 0, 0}, now.answer});
    }
  }
  return out;
}

}  // namespace

std::optional<DeliveryReport> report_on(const store::Submission& before,
                                        const store::Settlement& settlement,
                                        const std::string& server, const std::string& header,
                                        WallTime now) {
  DeliveryReport report;
  report.recipients = told(before, settlement);
  if (report.recipients.empty()) return std::nullopt;
  report.to = before.sender;
  report.date = mail_date(now);
  report.message_id = fresh_message_id("postern@localhost");
  report.boundary = "report-" + random_hex();
  report.arrived = mail_date(before.accepted);
  report.envelope_id = sender_of(before).envelope_id;
  report.server = server;
  report.doubtful = before.certainty == store::Certainty::unknown;
  report.subject = subject_of(header);
  return report;
}

asio::awaitable<store::NewBody> report_body(std::shared_ptr<store::Account> account,
                                            DeliveryReport report, Text& text) {
  const wire::smtp::ReportFrame frame = wire::smtp::format_report(report);
  store::IncomingBody body(account->spool());
  auto begin = [&] {
    body.feed(frame.before);
    body.feed(text.header());
  };
  co_await compute(*account, std::move(begin));
  for (std::uint64_t offset = 0; offset < text.rest();) {
    const std::string block = co_await text.read(offset, block_octets);
    offset += block.size();
    auto feed = [&] { body.feed(block); };
    co_await compute(*account, std::move(feed));
  }
  auto finish = [&] { return body.finish(frame.behind); };
  co_return co_await compute(*account, std::move(finish));
}

std::string mail_date(WallTime time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", fmt::gmtime(time));
}

std::string fresh_message_id(const std::string& sender) {
  const std::size_t at = sender.rfind('@');
  const std::string host = at == std::string::npos ? "localhost" : sender.substr(at + 1);
  return fmt::format("<{}@{}>", random_hex(), host);
}

}  // namespace postern::engine::outgoing
