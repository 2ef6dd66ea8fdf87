#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "proxy/imap/annotations.h"
#include "proxy/imap/filter_expansion.h"
#include "proxy/imap/session.h"
#include "sync/wire/imap/parse_command.h"

namespace postern::imap {
namespace {

namespace command = wire::imap::command;

/// RFC 5466 section 3.1.
bool malformed_filter(std::string_view entry, std::string_view value) {
  const bool filter = entry.starts_with(private_filters) || entry.starts_with(shared_filters);
  return filter && !wire::imap::parse_search_program(value);
}

/// RFC 5464 section 4.3.
std::optional<Answer> why_not_set(const std::vector<command::SetMetadata::Value>& values,
                                  const std::optional<store::MailboxInfo>& mailbox) {
  for (const auto& [entry, value] : values) {
    if (is_fixed_annotation(entry, mailbox))
      return Answer::no("NOPERM", "This entry says what is so, and is not set");
    if (!mailbox && value && malformed_filter(entry, *value))
      return Answer::no("CANNOT", "This does not say what is to be searched for");
    if (value && value->size() > store::most_value_octets)
      return Answer::no(fmt::format("METADATA MAXSIZE {}", store::most_value_octets),
                        "A value is too long");
  }
  return std::nullopt;
}

/// Nothing for the server.
std::expected<std::optional<store::MailboxInfo>, Answer> find_annotated(
    const store::MailboxTree& tree, const std::optional<wire::imap::MailboxName>& name) {
  if (!name) return std::nullopt;
  const store::MailboxInfo* info = tree.find(name->utf8());
  if (info == nullptr) return std::unexpected(Answer::refused(store::Refusal::nonexistent));
  return *info;
}

}  // namespace

/// "* METADATA name "; an empty name stands for the server.
void Session::append_metadata_start(const std::string& mailbox) {
  out_ += "* METADATA ";
  append_name(mailbox);
  out_ += ' ';
}

asio::awaitable<std::expected<std::uint64_t, Answer>> Session::tell_metadata(
    command::MetadataQuery query, std::optional<store::MailboxInfo> mailbox) {
  struct Told {
    std::string text;
    std::uint64_t longest = 0;
  };
  auto work = [query = std::move(query), mailbox](store::Reader& reader) {
    AnnotationAnswer answer(query);
    for (const auto& [entry, value] : fixed_annotations(mailbox)) answer.offer(entry, value);
    reader.annotations(
        mailbox ? mailbox->id : store::whole_account,
        [&answer](std::string_view entry, std::string_view value) { answer.offer(entry, value); });
    return Told{answer.text(), answer.longest_left_out()};
  };
  auto told = co_await access::read(account(), std::move(work));
  if (!told) co_return std::unexpected(failed(told.error()));
  if (!told->text.empty()) {
    append_metadata_start(mailbox ? mailbox->name : std::string());
    out_.append("(").append(told->text).append(")\r\n");
  }
  co_return told->longest;
}

asio::awaitable<Answer> Session::run(const command::GetMetadata& command) {
  const auto mailbox = find_annotated(*account()->tree(), command.mailbox);
  if (!mailbox) co_return mailbox.error();
  command::MetadataQuery query = static_cast<const command::MetadataQuery&>(command);
  const auto longest = co_await tell_metadata(std::move(query), *mailbox);
  if (!longest) co_return longest.error();
  co_return Answer::ok("GETMETADATA completed",
                       *longest == 0 ? "" : fmt::format("METADATA LONGENTRIES {}", *longest));
}

asio::awaitable<Answer> Session::run(const command::SetMetadata& command) {
  const auto mailbox = find_annotated(*account()->tree(), command.mailbox);
  if (!mailbox) co_return mailbox.error();
  if (auto refused = why_not_set(command.values, *mailbox)) co_return std::move(*refused);
  const MailboxId id = *mailbox ? (*mailbox)->id : store::whole_account;
  std::vector<store::NewAnnotation> changes;
  std::vector<store::ChangedAnnotation> own;
  for (const auto& [entry, value] : command.values) {
    changes.push_back({entry, value});
    own.push_back({id, entry});
  }
  auto work = [id, changes = std::move(changes)](store::Transaction& transaction) {
    return transaction.set_annotations(id, changes);
  };
  const auto outcome = co_await access::write(account(), std::move(work));
  if (!outcome) co_return failed(outcome.error());
  if (!*outcome && outcome->error() == store::Refusal::limit)
    co_return Answer::no("METADATA TOOMANY", "There are too many annotations, or too much in them");
  if (!*outcome) co_return Answer::refused(outcome->error());
  tell_annotation_changes(own);
  co_return Answer::ok("SETMETADATA completed");
}

}  // namespace postern::imap
