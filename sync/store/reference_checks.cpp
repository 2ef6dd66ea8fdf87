#include "sync/store/reference_checks.h"

#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "sync/base/log.h"

namespace postern::store {

namespace {

/// What must not be there. The columns are the mailbox and the UID of a message, or NULL, and what
/// the words say at their "{}".
struct Check {
  const char* words;
  const char* sql;
  const char* table = "body";  ///< that files of earlier schemas lack, and then nothing is wrong
};

constexpr std::array checks = {
    Check{"its body {} is not there",
          "SELECT name, uid, m.body FROM message AS m LEFT JOIN mailbox ON mailbox.id = m.mailbox "
          "WHERE NOT EXISTS (SELECT 1 FROM body WHERE body.id = m.body)"},
    Check{
        "its size is {}, which is not that of its body",
        "SELECT name, uid, m.octets FROM message AS m LEFT JOIN mailbox ON mailbox.id = m.mailbox "
        "JOIN body ON body.id = m.body WHERE body.octets <> m.octets"},
    Check{"a message names mailbox {}, which is not there",
          "SELECT NULL, uid, mailbox FROM message "
          "WHERE NOT EXISTS (SELECT 1 FROM mailbox WHERE mailbox.id = message.mailbox)"},
    Check{"its UID is not below {}, the next one of its mailbox",
          "SELECT name, uid, uid_next FROM message JOIN mailbox ON mailbox.id = mailbox "
          "WHERE uid >= uid_next OR uid < 1"},
    Check{"its MODSEQ is {}, and that of its mailbox is lower",
          "SELECT name, uid, message.mod_seq FROM message JOIN mailbox ON mailbox.id = mailbox "
          "WHERE message.mod_seq > mailbox.mod_seq OR message.mod_seq < 1"},
    Check{"it bears keyword bits ({}) that its mailbox has no names for",
          "SELECT name, uid, keywords FROM message JOIN mailbox ON mailbox.id = mailbox "
          "WHERE keywords <> 0 AND keywords & ~(SELECT total_bits FROM "
          "(SELECT coalesce(sum(1 << bit), 0) AS total_bits FROM keyword "
          "WHERE keyword.mailbox = message.mailbox)) <> 0"},
    Check{"it has flags ({}) that do not exist",
          "SELECT name, uid, flags FROM message JOIN mailbox ON mailbox.id = mailbox "
          "WHERE flags & ~31 <> 0"},
    Check{"it is there though UIDs up to {} are recorded as expunged",
          "SELECT name, uid, last FROM expunged JOIN message ON message.mailbox = expunged.mailbox "
          "AND message.uid BETWEEN first AND last JOIN mailbox ON mailbox.id = expunged.mailbox"},
    Check{"mailbox {} has no MODSEQ or UID that high among its expunged messages",
          "SELECT NULL, NULL, name FROM expunged JOIN mailbox ON mailbox.id = mailbox "
          "WHERE first > last OR last >= uid_next OR expunged.mod_seq > mailbox.mod_seq"},
    Check{"expunged messages name mailbox {}, which is not there",
          "SELECT DISTINCT NULL, NULL, mailbox FROM expunged "
          "WHERE NOT EXISTS (SELECT 1 FROM mailbox WHERE mailbox.id = expunged.mailbox)"},
    Check{"the keywords of mailbox {} are not numbered one after the other",
          "SELECT NULL, NULL, mailbox FROM keyword GROUP BY mailbox "
          "HAVING max(bit) <> count(*) - 1 OR min(bit) <> 0 OR max(bit) > 63"},
    Check{"keywords name mailbox {}, which is not there",
          "SELECT DISTINCT NULL, NULL, mailbox FROM keyword "
          "WHERE NOT EXISTS (SELECT 1 FROM mailbox WHERE mailbox.id = keyword.mailbox)"},
    Check{"the UIDVALIDITY of mailbox {} is not one that this account gave",
          "SELECT NULL, NULL, name FROM mailbox WHERE uid_validity < 1 OR uid_validity > "
          "4294967295 OR uid_validity > (SELECT max(uid_validity) FROM account)"},
    Check{"the account gave UIDVALIDITY {}, which is not possible",
          "SELECT NULL, NULL, uid_validity FROM account "
          "WHERE uid_validity NOT BETWEEN 1 AND 4294967295"},
    Check{"the next UID of mailbox {} is not possible",
          "SELECT NULL, NULL, name FROM mailbox WHERE uid_next NOT BETWEEN 1 AND 4294967295 "
          "OR first_recent < 1"},
    Check{"the MODSEQ of mailbox {} is not possible",
          "SELECT NULL, NULL, name FROM mailbox WHERE mod_seq < 1"},
    Check{"there is no INBOX{}",
          "SELECT NULL, NULL, '' WHERE NOT EXISTS (SELECT 1 FROM mailbox WHERE name = 'INBOX')"},
    Check{"the account has {} rows of its own instead of one",
          "SELECT NULL, NULL, count(*) FROM account HAVING count(*) <> 1"},
    Check{"message {} of a provider is recorded as held here, but no mailbox holds it",
          "SELECT NULL, NULL, id FROM origin WHERE NOT expunged "
          "AND NOT EXISTS (SELECT 1 FROM message WHERE message.origin = origin.id)"},
    Check{"message {} of a provider is recorded as expunged here, but it is there",
          "SELECT name, uid, origin.id FROM origin JOIN message ON message.origin = origin.id "
          "LEFT JOIN mailbox ON mailbox.id = mailbox WHERE expunged"},
    Check{"message {} of a provider belongs to no source",
          "SELECT NULL, NULL, id FROM origin "
          "WHERE NOT EXISTS (SELECT 1 FROM source WHERE source.id = origin.source)"},
    Check{"a failed fetch names source {}, which is not there",
          "SELECT DISTINCT NULL, NULL, source FROM fetch_failure "
          "WHERE NOT EXISTS (SELECT 1 FROM source WHERE source.id = fetch_failure.source)"},
    Check{"body {} waits to be reclaimed, but is not there",
          "SELECT DISTINCT NULL, NULL, body FROM reclaim "
          "WHERE NOT EXISTS (SELECT 1 FROM body WHERE body.id = reclaim.body)"},
    Check{"body {} belongs to no message, and does not wait to be reclaimed",
          "SELECT NULL, NULL, id FROM body "
          "WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.body = body.id) "
          "AND NOT EXISTS (SELECT 1 FROM reclaim WHERE reclaim.body = body.id) "
          // What an interrupted backup copied waits there for the next one.
          "AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'backup')"},
    Check{"the keys of SORT name body {}, which is not there",
          "SELECT NULL, NULL, body FROM sort_key "
          "WHERE NOT EXISTS (SELECT 1 FROM body WHERE body.id = sort_key.body)",
          "sort_key"},
    Check{"the fields for lists name body {}, which is not there",
          "SELECT NULL, NULL, body FROM listed_fields "
          "WHERE NOT EXISTS (SELECT 1 FROM body WHERE body.id = listed_fields.body)",
          "listed_fields"},
    Check{"message {} waits to be sent, but is not in its mailbox",
          "SELECT NULL, NULL, id FROM submission AS s WHERE uid <> 0 AND NOT EXISTS "
          "(SELECT 1 FROM message AS m WHERE m.mailbox = s.mailbox AND m.uid = s.uid)",
          "submission"},
    Check{"message {} waits to be sent to other recipients than it was accepted for",
          "SELECT name, uid, s.id FROM submission AS s LEFT JOIN mailbox AS b ON b.id = s.mailbox "
          "WHERE recipients < 1 OR recipients <> (SELECT count(*) FROM submission_recipient "
          "WHERE submission = s.id) OR recipients <> (SELECT 1 + coalesce(max(number), 0) FROM "
          "submission_recipient WHERE submission = s.id)",
          "submission"},
    Check{"message {} waits to be sent, and a recipient of it is in no state that exists",
          "SELECT NULL, NULL, submission FROM submission_recipient WHERE state NOT IN (0, 1, 2)",
          "submission_recipient"},
    Check{"recipients wait for message {}, which is not queued",
          "SELECT DISTINCT NULL, NULL, submission FROM submission_recipient "
          "WHERE NOT EXISTS (SELECT 1 FROM submission WHERE id = submission)",
          "submission_recipient"},
    Check{"annotations name mailbox {}, which is not there",
          "SELECT DISTINCT NULL, NULL, mailbox FROM annotation WHERE mailbox <> 0 "
          "AND NOT EXISTS (SELECT 1 FROM mailbox WHERE mailbox.id = annotation.mailbox)",
          "annotation"},
    Check{"a copy of a sent message is recorded in mailbox {}, but is not there",
          "SELECT NULL, NULL, mailbox FROM sent_copy AS c WHERE NOT EXISTS "
          "(SELECT 1 FROM message AS m WHERE m.mailbox = c.mailbox AND m.uid = c.uid)",
          "sent_copy"},
};

/// A name may hold anything.
std::string shown(std::string_view column) {
  const bool number = column.find_first_not_of("-0123456789") == std::string_view::npos;
  return number ? std::string(column) : log::quoted(column);
}

}  // namespace

void check_references(Database& database, const std::function<void(Finding)>& add) {
  Statement has(database, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
  for (const Check& check : checks) {
    {
      auto row = has(std::string_view(check.table));
      if (!row.step()) continue;
    }
    Statement select(database, check.sql);
    for (auto row = select(); row.step();)
      add({.kind = Finding::Kind::reference,
           .what = fmt::format(fmt::runtime(check.words), shown(row.octets(2))),
           .mailbox = std::string(row.octets(0)),
           .uid = row.id<Uid>(1)});
  }
}

}  // namespace postern::store
