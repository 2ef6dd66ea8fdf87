#pragma once

#include <string>
#include <vector>

#include "sync/store/database.h"
#include "sync/store/verification.h"
#include "tests/store/store_fixture.h"

namespace postern::store {

inline std::string letter(const std::string& id, const std::string& text = "Hello.\r\n") {
  return "From: a@example.org\r\nMessage-ID: <" + id + ">\r\n\r\n" + text;
}

/// What sending asks of an account.
class Sending : public StoreTest {
 protected:
  using State = SubmissionRecipient::State;
  static constexpr WallTime at{std::chrono::seconds(1'700'000'000)};
  static constexpr auto hour = std::chrono::hours(1);
  static constexpr std::uint8_t seen = 1;

  static NewSubmission to(const std::vector<std::string>& addresses) {
    NewSubmission submission{.outgoing = "example",
                             .sender = "a@example.org",
                             .parameters = "BODY=8BITMIME",
                             .recipients = {},
                             .message_id = "<1@example.org>",
                             .accepted = at,
                             .due = at};
    for (const std::string& address : addresses)
      submission.recipients.push_back(
          {.address = address, .parameters = "NOTIFY=NEVER", .answer = ""});
    return submission;
  }
  Submission submit(const std::string& octets,
                    const std::vector<std::string>& addresses = {"b@example.net"}) {
    return *write(*account, [&](Transaction& t) {
      NewBody arrived = body(octets);
      return t.submit(arrived, to(addresses));
    });
  }
  std::optional<Submission> begin(SubmissionId id) {
    return write(*account, [&](Transaction& t) { return t.begin_attempt(id, at + hour); });
  }
  Result<void> final_dot(SubmissionId id) {
    return write(*account, [&](Transaction& t) { return t.final_dot(id); });
  }
  static Settlement outcome(const Submission& submission, const std::vector<State>& states) {
    Settlement settlement{
        .recipients = submission.recipients, .problem = "450 Later", .due = at + 2 * hour};
    for (std::size_t i = 0; i < states.size(); ++i) {
      settlement.recipients[i].state = states[i];
      settlement.recipients[i].answer = "answer " + std::to_string(i);
    }
    return settlement;
  }
  Result<Settled> settle(const Submission& submission, const std::vector<State>& states) {
    return write(*account, [&](Transaction& t) {
      return t.settle(submission.id, outcome(submission, states));
    });
  }
  Result<Appended> append_by_client(const std::string& name, const std::string& octets,
                                    const FlagNames& flags = {}) {
    return write(*account, [&](Transaction& t) {
      NewBody arrived = body(octets);
      return t.append_by_client(id(name), arrived, flags, {});
    });
  }
  Result<Appended> file_sent(const std::string& octets) {
    return write(*account, [&](Transaction& t) {
      NewBody arrived = body(octets);
      return t.file_sent(arrived, {.seconds = 5, .zone_minutes = 60});
    });
  }
  [[nodiscard]] std::vector<Submission> queue() const {
    return read(*account, [](Reader& reader) { return reader.submissions(); });
  }
  [[nodiscard]] std::vector<std::uint32_t> shown(const std::string& name) const {
    return id(name) == MailboxId(0) ? std::vector<std::uint32_t>()
                                    : uids_of(*mailbox(name)->latest());
  }
  [[nodiscard]] Entry entry(const std::string& name, std::uint32_t uid) const {
    Entry found;
    mailbox(name)->latest()->for_each([&](SeqNum, const Entry& one) {
      if (one.uid == Uid(uid)) found = one;
    });
    return found;
  }
  [[nodiscard]] std::filesystem::path file() const { return folder.path() / "anna/mail.db"; }
  void change(const char* sql) {
    account.reset();
    Database(file()).run(sql);
    open();
  }
  void expect_well() {
    const auto verified = verify(file(), [](const Progress&) {});
    ASSERT_TRUE(verified.has_value()) << verified.error().text();
    for (const Finding& finding : verified->findings) ADD_FAILURE() << finding.what;
  }
};

}  // namespace postern::store
