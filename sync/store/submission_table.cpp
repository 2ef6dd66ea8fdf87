#include "sync/store/submission_table.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace postern::store {

namespace {

std::int64_t seconds(WallTime time) {
  return time.time_since_epoch().count();
}

WallTime wall_time(std::int64_t seconds_since_epoch) {
  return WallTime(std::chrono::seconds(seconds_since_epoch));
}

constexpr const char* select_every =
    "SELECT id, s.mailbox, s.uid, coalesce(m.body, s.body), outgoing, sender, parameters, "
    "message_id, accepted, due, attempts, certainty, problem, filed FROM submission AS s "
    "LEFT JOIN message AS m ON m.mailbox = s.mailbox AND m.uid = s.uid ORDER BY due, id";
constexpr const char* select_one =
    "SELECT id, s.mailbox, s.uid, coalesce(m.body, s.body), outgoing, sender, parameters, "
    "message_id, accepted, due, attempts, certainty, problem, filed FROM submission AS s "
    "LEFT JOIN message AS m ON m.mailbox = s.mailbox AND m.uid = s.uid WHERE id = ?";

/// Of the columns of both.
Submission submission_from(const Statement::Run& row) {
  Submission found;
  found.id = row.id<SubmissionId>(0);
  found.mailbox = row.id<MailboxId>(1);
  found.uid = row.id<Uid>(2);
  found.body = row.id<BodyId>(3);
  found.outgoing = row.octets(4);
  found.sender = row.octets(5);
  found.parameters = row.octets(6);
  found.message_id = row.octets(7);
  found.accepted = wall_time(row.integer(8));
  found.due = wall_time(row.integer(9));
  found.attempts = row.number<std::uint32_t>(10);
  found.certainty = row.number<Certainty>(11);
  found.problem = row.octets(12);
  found.filed = row.integer(13) != 0;
  return found;
}

}  // namespace

SubmissionReader::SubmissionReader(Database& database)
    : select_all_(database, select_every),
      select_(database, select_one),
      recipients_(database,
                  "SELECT address, parameters, state, answer FROM submission_recipient "
                  "WHERE submission = ? ORDER BY number") {}

void SubmissionReader::read_recipients(Submission& submission) {
  auto row = recipients_(submission.id);
  while (row.step()) {
    submission.recipients.push_back({.address = std::string(row.octets(0)),
                                     .parameters = std::string(row.octets(1)),
                                     .state = row.number<SubmissionRecipient::State>(2),
                                     .answer = std::string(row.octets(3))});
  }
}

std::vector<Submission> SubmissionReader::all() {
  std::vector<Submission> found;
  {
    auto row = select_all_();
    while (row.step()) found.push_back(submission_from(row));
  }
  for (Submission& submission : found) read_recipients(submission);
  return found;
}

std::optional<Submission> SubmissionReader::find(SubmissionId id) {
  std::optional<Submission> found;
  {
    auto row = select_(id);
    if (!row.step()) return std::nullopt;
    found = submission_from(row);
  }
  read_recipients(*found);
  return found;
}

SubmissionTable::SubmissionTable(Database& database)
    : database_(database),
      reader_(database),
      insert_(database,
              "INSERT INTO submission(mailbox, uid, outgoing, sender, parameters, message_id, "
              "recipients, accepted, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      insert_recipient_(database,
                        "INSERT INTO submission_recipient(submission, number, address, parameters, "
                        "state, answer) VALUES (?, ?, ?, ?, ?, ?)"),
      begin_attempt_(database,
                     "UPDATE submission SET attempts = attempts + 1, due = ?, at_dot = 0 "
                     "WHERE id = ?"),
      at_final_dot_(database, "UPDATE submission SET certainty = 1, at_dot = 1 WHERE id = ?"),
      settle_(database,
              "UPDATE submission SET certainty = ?, at_dot = 0, problem = ?, due = ?, filed = ? "
              "WHERE id = ?"),
      settle_recipient_(database,
                        "UPDATE submission_recipient SET state = ?, answer = ? "
                        "WHERE submission = ? AND number = ?"),
      remove_(database, "DELETE FROM submission WHERE id = ?"),
      remove_recipients_(database, "DELETE FROM submission_recipient WHERE submission = ?"),
      queued_(database, "SELECT uid FROM submission WHERE mailbox = ? AND uid > 0 ORDER BY uid"),
      cancelled_(database,
                 "SELECT id FROM submission WHERE mailbox = ? AND uid = ? AND at_dot = 0"),
      detach_(database,
              "UPDATE submission SET mailbox = 0, uid = 0, body = ?3 "
              "WHERE mailbox = ?1 AND uid = ?2") {}

SubmissionId SubmissionTable::add(MailboxId mailbox, Uid uid, const NewSubmission& submission) {
  insert_(mailbox, uid, submission.outgoing, submission.sender, submission.parameters,
          submission.message_id, submission.recipients.size(), seconds(submission.accepted),
          seconds(submission.due))
      .finish();
  const SubmissionId id(database_.last_row_id());
  for (std::size_t i = 0; i < submission.recipients.size(); ++i) {
    const SubmissionRecipient& recipient = submission.recipients[i];
    insert_recipient_(id, i, recipient.address, recipient.parameters, recipient.state,
                      recipient.answer)
        .finish();
  }
  return id;
}

void SubmissionTable::begin_attempt(SubmissionId id, WallTime next_due) {
  begin_attempt_(seconds(next_due), id).finish();
}

void SubmissionTable::at_final_dot(SubmissionId id) {
  at_final_dot_(id).finish();
}

void SubmissionTable::settle(const Submission& submission) {
  settle_(submission.certainty, submission.problem, seconds(submission.due), submission.filed,
          submission.id)
      .finish();
  for (std::size_t i = 0; i < submission.recipients.size(); ++i) {
    const SubmissionRecipient& recipient = submission.recipients[i];
    settle_recipient_(recipient.state, recipient.answer, submission.id, i).finish();
  }
}

void SubmissionTable::remove(SubmissionId id) {
  remove_recipients_(id).finish();
  remove_(id).finish();
}

std::vector<Uid> SubmissionTable::queued(MailboxId mailbox) {
  std::vector<Uid> uids;
  auto row = queued_(mailbox);
  while (row.step()) uids.push_back(row.id<Uid>(0));
  return uids;
}

void SubmissionTable::cancel(MailboxId mailbox, Uid uid, BodyId body) {
  std::optional<SubmissionId> id;
  {
    auto row = cancelled_(mailbox, uid);
    if (row.step()) id = row.id<SubmissionId>(0);
  }
  if (id) return remove(*id);
  detach_(mailbox, uid, body).finish();
}

}  // namespace postern::store
