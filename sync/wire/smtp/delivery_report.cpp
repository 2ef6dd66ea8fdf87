#include "sync/wire/smtp/delivery_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "sync/wire/smtp/path.h"

namespace postern::wire::smtp {

namespace {

using Action = DeliveryReport::Action;

const char* name(Action action) {
  // RFC 3464 section 2.3.3.
  return action == Action::failed ? "failed" : "relayed";
}

/// On one line: what came from elsewhere cannot begin a field of its own.
std::string one_line(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  return out;
}

/// RFC 3464 section 2.1.2: "rfc822;address", or "utf-8;address" (RFC 6533 section 3).
std::string typed(std::string_view address) {
  return fmt::format("{};{}", is_ascii(address) ? "rfc822" : "utf-8", one_line(address));
}

bool some(const DeliveryReport& report, Action action) {
  return std::ranges::any_of(report.recipients, [&](const DeliveryReport::Recipient& recipient) {
    return recipient.action == action;
  });
}

void list(const DeliveryReport& report, Action action, std::string& out) {
  for (const DeliveryReport::Recipient& recipient : report.recipients) {
    if (recipient.action != action) continue;
    out += fmt::format("\r\n  {}\r\n", one_line(recipient.address));
    if (!recipient.answer.empty())
      out +=
          fmt::format("    {} said: {}\r\n", one_line(report.server), one_line(recipient.answer));
  }
}

std::string text_for_people(const DeliveryReport& report) {
  std::string out;
  if (some(report, Action::failed)) {
    out +=
        "This message could not be sent to those named here. It stands below, whole: change\r\n"
        "what is wrong, and send it to them again.\r\n";
    if (report.doubtful)
      out += "An attempt before ended without an answer: they may have got it all the same.\r\n";
    list(report, Action::failed, out);
  }
  if (some(report, Action::sent_again)) {
    if (!out.empty()) out += "\r\n";
    out +=
        "To those named here it was sent twice, perhaps: the first time the connection ended\r\n"
        "after its last octet and before the answer, so it was sent again with the same\r\n"
        "Message-ID. There is nothing to do.\r\n";
    list(report, Action::sent_again, out);
  }
  return out;
}

std::string fields_for_programs(const DeliveryReport& report) {
  std::string out = fmt::format("Reporting-MTA: dns; localhost\r\nArrival-Date: {}\r\n",
                                one_line(report.arrived));
  if (!report.envelope_id.empty())
    out += fmt::format("Original-Envelope-Id: {}\r\n", one_line(report.envelope_id));
  for (const DeliveryReport::Recipient& recipient : report.recipients) {
    out += "\r\n";
    if (!recipient.original.empty())
      out += fmt::format("Original-Recipient: {}\r\n", one_line(recipient.original));
    out += fmt::format("Final-Recipient: {}\r\nAction: {}\r\nStatus: {}\r\n",
                       typed(recipient.address), name(recipient.action), recipient.status.text());
    out += fmt::format("Remote-MTA: dns; {}\r\n", one_line(report.server));
    if (!recipient.answer.empty())
      out += fmt::format("Diagnostic-Code: smtp; {}\r\n", one_line(recipient.answer));
  }
  return out;
}

bool international(const DeliveryReport& report) {
  return std::ranges::any_of(report.recipients, [](const DeliveryReport::Recipient& recipient) {
    return !is_ascii(recipient.address) || !is_ascii(recipient.answer);
  });
}

}  // namespace

ReportFrame format_report(const DeliveryReport& report) {
  const bool utf8 = international(report);
  ReportFrame frame;
  std::string& out = frame.before;
  out = fmt::format("From: Postern <postern@localhost>\r\nTo: <{}>\r\n", one_line(report.to));
  out += fmt::format("Subject: {}: {}\r\n",
                     some(report, Action::failed) ? "Not sent" : "Sent twice, perhaps",
                     report.subject.empty() ? "(no subject)" : one_line(report.subject));
  out += fmt::format("Date: {}\r\nMessage-ID: {}\r\nAuto-Submitted: auto-replied\r\n", report.date,
                     report.message_id);
  out += "MIME-Version: 1.0\r\n";
  out += fmt::format(
      "Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"{}\"\r\n\r\n",
      report.boundary);
  out += fmt::format("--{}\r\nContent-Type: text/plain; charset=utf-8\r\n", report.boundary);
  out += fmt::format("Content-Transfer-Encoding: 8bit\r\n\r\n{}\r\n", text_for_people(report));
  // RFC 6533 section 3: with other characters the report has a type of its own.
  out += fmt::format("--{}\r\nContent-Type: message/{}\r\n", report.boundary,
                     utf8 ? "global-delivery-status" : "delivery-status");
  if (utf8) out += "Content-Transfer-Encoding: 8bit\r\n";
  out += fmt::format("\r\n{}\r\n", fields_for_programs(report));
  out += fmt::format("--{}\r\nContent-Type: message/rfc822\r\n", report.boundary);
  out += "Content-Transfer-Encoding: 8bit\r\n\r\n";
  frame.behind = fmt::format("\r\n--{}--\r\n", report.boundary);
  return frame;
}

}  // namespace postern::wire::smtp
