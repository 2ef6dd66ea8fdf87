#include "sync/wire/smtp/delivery_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sync/wire/mime/scanner.h"

namespace postern::wire::smtp {
namespace {

using mime::PartKind;
using testing::HasSubstr;
using testing::Not;

DeliveryReport report() {
  DeliveryReport out;
  out.to = "anna@example.org";
  out.date = "Sat, 28 Nov 2026 14:00:00 +0000";
  out.message_id = "<r@localhost>";
  out.boundary = "report-1";
  out.arrived = "Fri, 27 Nov 2026 14:00:00 +0000";
  out.envelope_id = "letter 7";
  out.server = "mx.example";
  out.subject = "the garden";
  out.recipients = {{"bert@example.org",
                     "rfc822;old@example.org",
                     DeliveryReport::Action::failed,
                     {5, 1, 1},
                     "550 5.1.1 no such person"}};
  return out;
}

const std::string message = "Subject: the garden\r\n\r\n--report-2\r\nwhole\r\n";

/// The text of a part, of the whole report around `message`.
struct Read {
  explicit Read(const DeliveryReport& report) {
    const ReportFrame frame = format_report(report);
    text = frame.before + message + frame.behind;
    mime::Scanner scanner;
    scanner.feed(text);
    structure = scanner.finish().structure;
  }
  [[nodiscard]] std::string part(std::size_t index) const {
    const mime::Part& one = structure.parts[index];
    return text.substr(one.body_begin, one.body_end - one.body_begin);
  }

  std::string text;
  mime::Structure structure;
};

TEST(DeliveryReport, HasThreePartsAndTheWholeMessage) {  // RFC 3464 section 2
  const Read read(report());
  const auto& parts = read.structure.parts;
  ASSERT_EQ(parts.size(), 5U);
  EXPECT_EQ(parts[0].kind, PartKind::multipart);
  EXPECT_EQ(parts[0].subtype, "report");
  EXPECT_EQ(parts[1].type, "text");
  EXPECT_EQ(parts[2].subtype, "delivery-status");
  EXPECT_EQ(parts[3].kind, PartKind::message);
  EXPECT_EQ(read.part(3), message);
}

TEST(DeliveryReport, SaysItToPeople) {
  const std::string text = Read(report()).part(1);
  EXPECT_THAT(text, HasSubstr("could not be sent"));
  EXPECT_THAT(text, HasSubstr("bert@example.org"));
  EXPECT_THAT(text, HasSubstr("mx.example said: 550 5.1.1 no such person"));
}

TEST(DeliveryReport, SaysItToPrograms) {  // RFC 3464 sections 2.2 and 2.3
  EXPECT_EQ(Read(report()).part(2),
            "Reporting-MTA: dns; localhost\r\nArrival-Date: Fri, 27 Nov 2026 14:00:00 +0000\r\n"
            "Original-Envelope-Id: letter 7\r\n\r\n"
            "Original-Recipient: rfc822;old@example.org\r\nFinal-Recipient: "
            "rfc822;bert@example.org\r\n"
            "Action: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.example\r\n"
            "Diagnostic-Code: smtp; 550 5.1.1 no such person\r\n");
}

TEST(DeliveryReport, TellsWhatWasSentTwicePerhaps) {  // E15
  DeliveryReport again = report();
  again.recipients[0].action = DeliveryReport::Action::sent_again;
  again.recipients[0].status = {2, 0, 0};
  const Read read(again);
  EXPECT_THAT(read.text, HasSubstr("\r\nSubject: Sent twice, perhaps: the garden\r\n"));
  EXPECT_THAT(read.part(1), HasSubstr("same\r\nMessage-ID"));
  EXPECT_THAT(read.part(2), HasSubstr("Action: relayed\r\nStatus: 2.0.0\r\n"));
}

TEST(DeliveryReport, HasATypeOfItsOwnForOtherCharacters) {  // RFC 6533 section 3
  DeliveryReport other = report();
  other.recipients[0].address =
      "gr\xc3\xb6\xc3\x9f"
      "e@example.org";
  const Read read(other);
  EXPECT_EQ(read.structure.parts[2].subtype, "global-delivery-status");
  EXPECT_THAT(read.part(2), HasSubstr("Final-Recipient: utf-8;gr\xc3\xb6"));
}

TEST(DeliveryReport, TakesNoLineEndsFromElsewhere) {  // E12, E14
  DeliveryReport bad = report();
  const std::string evil = "x\r\nBcc: evil@example.org\r\n\r\n--report-1--\r\n";
  bad.to = bad.arrived = bad.envelope_id = bad.server = bad.subject = evil;
  bad.recipients[0].address = bad.recipients[0].original = bad.recipients[0].answer = evil;
  const Read read(bad);
  EXPECT_EQ(read.structure.parts.size(), 5U);
  EXPECT_THAT(read.text, Not(HasSubstr("\nBcc:")));
  EXPECT_THAT(read.text, Not(HasSubstr("\n--report-1--\r\n\r\n")));
}

}  // namespace
}  // namespace postern::wire::smtp
