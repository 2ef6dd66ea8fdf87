#include "proxy/imap/offer.h"

#include <variant>
#include <vector>

#include <fmt/format.h>

namespace postern::imap {
namespace {

using config::Capabilities;
using config::Capability;
using config::CapabilityRow;
namespace command = wire::imap::command;
using wire::imap::FetchItem;
using wire::imap::ReturnOptions;
using wire::imap::SearchKey;
using wire::imap::SequenceSet;
using wire::imap::SortCriterion;
using wire::imap::ThreadAlgorithm;

using Unknown = std::optional<std::string_view>;

constexpr std::string_view no_command = "There is no such command";

enum class Stage : std::uint8_t { before_login, after_login };

bool is_told(const CapabilityRow& row, const Capabilities& offered, Stage stage) {
  using Told = CapabilityRow::Told;
  const bool before = stage == Stage::before_login;
  switch (row.told) {
    case Told::always: return true;
    case Told::until_more: return before || !offered.has(Capability::literal_plus);
    case Told::after_login: break;
  }
  return !before;
}

std::string names_of(const Entrance& entrance) {
  std::string names;
  if (entrance.start_tls == Entrance::StartTls::possible) names += " STARTTLS";
  for (const std::string_view mechanism : entrance.mechanisms)
    names += fmt::format(" AUTH={}", mechanism);
  if (entrance.mechanisms.empty()) names += " LOGINDISABLED";
  return names;
}

/// One command; each function says what of it is unknown. Those that are not here are IMAP4rev1's.
class Asked {
 public:
  explicit Asked(const Capabilities& offered) : offered_(offered) {}

  template <class Other>
  Unknown operator()(const Other& /*command*/) const {
    return std::nullopt;
  }
  Unknown operator()(const command::Unauthenticate& /*command*/) const {
    return needs(Capability::unauthenticate, no_command);
  }
  Unknown operator()(const command::Language& /*command*/) const {
    return needs(Capability::language, no_command);
  }
  Unknown operator()(const command::Id& /*command*/) const {
    return needs(Capability::id, no_command);
  }
  Unknown operator()(const command::Compress& /*command*/) const {
    return needs(Capability::compress_deflate, no_command);
  }
  Unknown operator()(const command::Enable& /*command*/) const {
    return needs(Capability::enable, no_command);
  }
  Unknown operator()(const command::XList& /*command*/) const {
    return needs(Capability::xlist, no_command);
  }
  Unknown operator()(const command::Namespace& /*command*/) const {
    return needs(Capability::namespaces, no_command);
  }
  Unknown operator()(const command::GetQuota& /*command*/) const {
    return needs(Capability::quota, no_command);
  }
  Unknown operator()(const command::GetQuotaRoot& /*command*/) const {
    return needs(Capability::quota, no_command);
  }
  Unknown operator()(const command::GetAcl& /*command*/) const {
    return needs(Capability::acl, no_command);
  }
  Unknown operator()(const command::MyRights& /*command*/) const {
    return needs(Capability::acl, no_command);
  }
  Unknown operator()(const command::ListRights& /*command*/) const {
    return needs(Capability::acl, no_command);
  }
  Unknown operator()(const command::SetAcl& /*command*/) const {
    return needs(Capability::acl, no_command);
  }
  Unknown operator()(const command::DeleteAcl& /*command*/) const {
    return needs(Capability::acl, no_command);
  }
  Unknown operator()(const command::GetMetadata& command) const {
    return annotations(command.mailbox.has_value());
  }
  Unknown operator()(const command::SetMetadata& command) const {
    return annotations(command.mailbox.has_value());
  }
  Unknown operator()(const command::Notify& command) const;
  Unknown operator()(const command::UidBatches& /*command*/) const {
    return needs(Capability::uid_batches, no_command);
  }
  Unknown operator()(const command::Replace& command) const {
    if (const auto unknown = needs(Capability::replace, no_command)) return unknown;
    return form(command.form);
  }
  Unknown operator()(const command::Idle& /*command*/) const {
    return needs(Capability::idle, no_command);
  }
  Unknown operator()(const command::Unselect& /*command*/) const {
    return needs(Capability::unselect, no_command);
  }
  Unknown operator()(const command::CancelUpdate& /*command*/) const {
    return needs_any({Capability::context_search, Capability::context_sort}, no_command);
  }
  Unknown operator()(const command::Authenticate& command) const {
    if (!command.initial_response) return std::nullopt;
    return needs(Capability::sasl_ir, "There is more than AUTHENTICATE takes");
  }
  Unknown operator()(const command::Select& command) const { return opening(command); }
  Unknown operator()(const command::Examine& command) const { return opening(command); }
  Unknown operator()(const command::Create& command) const {
    if (command.uses.empty()) return std::nullopt;
    return needs(Capability::create_special_use, "There is no such parameter of CREATE");
  }
  Unknown operator()(const command::List& command) const;
  Unknown operator()(const command::Status& command) const { return items(command.items); }
  Unknown operator()(const command::Append& command) const { return form(command.form); }
  Unknown operator()(const command::Expunge& command) const {
    if (!command.uids) return std::nullopt;
    if (const auto unknown = needs(Capability::uid_plus, "There is no such UID command"))
      return unknown;
    return numbers(*command.uids);
  }
  Unknown operator()(const command::Search& command) const {
    return searching(command, Capability::esearch, Capability::context_search);
  }
  Unknown operator()(const command::MultiSearch& command) const {
    if (const auto unknown = needs(Capability::multi_search, no_command)) return unknown;
    return searching(command, Capability::multi_search, Capability::context_search);
  }
  Unknown operator()(const command::Sort& command) const;
  Unknown operator()(const command::Thread& command) const;
  Unknown operator()(const command::Fetch& command) const;
  Unknown operator()(const command::Store& command) const {
    if (command.unchanged_since && !offered_.has(Capability::cond_store))
      return "There is no such modifier of STORE";
    return numbers(command.set);
  }
  Unknown operator()(const command::Copy& command) const { return numbers(command.set); }
  Unknown operator()(const command::Move& command) const {
    if (const auto unknown = needs(Capability::move, no_command)) return unknown;
    return numbers(command.set);
  }

 private:
  [[nodiscard]] Unknown needs(Capability capability, std::string_view text) const {
    return offered_.has(capability) ? std::nullopt : Unknown(text);
  }
  [[nodiscard]] Unknown needs_any(const Capabilities& capabilities, std::string_view text) const {
    return offered_.has_any(capabilities) ? std::nullopt : Unknown(text);
  }
  /// RFC 5182 section 2.1: "$".
  [[nodiscard]] Unknown numbers(const SequenceSet& set) const {
    if (!set.saved()) return std::nullopt;
    return needs(Capability::search_res, "There is no such message");
  }
  [[nodiscard]] Unknown form(command::NewMessage::Form form) const {
    constexpr std::string_view text = "The message must come as a literal";
    switch (form) {
      case command::NewMessage::Form::plain: break;
      case command::NewMessage::Form::utf8: return needs(Capability::utf8_accept, text);
      case command::NewMessage::Form::catenate: return needs(Capability::catenate, text);
    }
    return std::nullopt;
  }
  [[nodiscard]] Unknown annotations(bool of_mailbox) const {
    return needs(of_mailbox ? Capability::metadata : Capability::metadata_server, no_command);
  }
  [[nodiscard]] Unknown opening(const command::Opening& command) const;
  [[nodiscard]] Unknown items(const std::vector<command::Status::Item>& asked) const;
  [[nodiscard]] Unknown item(const FetchItem& asked) const;
  [[nodiscard]] Unknown key(const SearchKey& asked) const;
  [[nodiscard]] Unknown searching(const command::Searching& command, Capability extended,
                                  Capability context) const;

  const Capabilities& offered_;
};

Unknown Asked::opening(const command::Opening& command) const {
  constexpr std::string_view text = "There is no such parameter, or it stands here twice";
  if (command.known && !offered_.has(Capability::qresync)) return text;
  if (command.cond_store == command::Opening::CondStore::untouched) return std::nullopt;
  return needs(Capability::cond_store, text);
}

Unknown Asked::operator()(const command::List& command) const {
  using List = command::List;
  if (command.form == List::Form::basic) return std::nullopt;
  if (!offered_.has(Capability::list_extended)) return "There is more than LIST takes";
  if (command.selects(List::special_use) && !offered_.has(Capability::special_use))
    return "There is no such selection option";
  const bool unknown_return =
      (command.tells(List::return_children) && !offered_.has(Capability::children)) ||
      (command.tells(List::return_special_use) && !offered_.has(Capability::special_use)) ||
      (command.tells(List::return_rights) && !offered_.has(Capability::list_my_rights)) ||
      (!command.status.empty() && !offered_.has(Capability::list_status)) ||
      (command.metadata && !offered_.has(Capability::list_metadata));
  if (unknown_return) return "There is no such return option";
  return items(command.status);
}

Unknown Asked::items(const std::vector<command::Status::Item>& asked) const {
  using Item = command::Status::Item;
  for (const Item one : asked) {
    Capabilities one_of;
    switch (one) {
      case Item::mailbox_id: one_of = {Capability::object_id}; break;
      case Item::highest_mod_seq: one_of = {Capability::cond_store}; break;
      case Item::size: one_of = {Capability::status_size}; break;
      case Item::deleted: one_of = {Capability::quota, Capability::imap4rev2}; break;
      case Item::deleted_storage: one_of = {Capability::quota}; break;
      case Item::messages:
      case Item::recent:
      case Item::uid_next:
      case Item::uid_validity:
      case Item::unseen: continue;
    }
    if (!offered_.has_any(one_of)) return "There is no such status item";
  }
  return std::nullopt;
}

Unknown Asked::item(const FetchItem& asked) const {
  constexpr std::string_view text = "There is no such data item";
  using Kind = FetchItem::Kind;
  switch (asked.kind) {
    case Kind::save_date: return needs(Capability::save_date, text);
    case Kind::mod_seq: return needs(Capability::cond_store, text);
    case Kind::email_id:
    case Kind::thread_id: return needs(Capability::object_id, text);
    case Kind::preview: return needs(Capability::preview, text);
    case Kind::snippet: return needs(Capability::snippet, text);
    case Kind::binary_size:
    case Kind::binary: return needs(Capability::binary, text);
    default: return std::nullopt;
  }
}

Unknown Asked::operator()(const command::Notify& command) const {
  if (const auto unknown = needs(Capability::notify, no_command)) return unknown;
  for (const command::Notify::Group& group : command.groups) {
    for (const FetchItem& one : group.items) {
      if (const auto unknown = item(one)) return unknown;
    }
  }
  return std::nullopt;
}

Unknown Asked::operator()(const command::Fetch& command) const {
  constexpr std::string_view no_modifier =
      "There is no such modifier of FETCH, or it stands here twice";
  if (command.partial && !offered_.has(Capability::partial)) return no_modifier;
  if (command.changed_since && !offered_.has(Capability::cond_store)) return no_modifier;
  if (command.vanished == command::Fetch::Vanished::told && !offered_.has(Capability::qresync))
    return no_modifier;
  for (const FetchItem& one : command.items) {
    if (const auto unknown = item(one)) return unknown;
  }
  return numbers(command.set);
}

Unknown Asked::key(const SearchKey& asked) const {
  constexpr std::string_view text = "There is no such search key";
  using Kind = SearchKey::Kind;
  if (asked.match == SearchKey::Match::fuzzy && !offered_.has(Capability::search_fuzzy))
    return text;
  for (const SearchKey& child : asked.children) {
    if (const auto unknown = key(child)) return unknown;
  }
  switch (asked.kind) {
    case Kind::sequence_set:
    case Kind::uid_set: return numbers(asked.set);
    case Kind::saved_before:
    case Kind::saved_on:
    case Kind::saved_since: return needs(Capability::save_date, text);
    case Kind::older:
    case Kind::younger: return needs(Capability::within, text);
    case Kind::email_id:
    case Kind::thread_id: return needs(Capability::object_id, text);
    case Kind::mod_seq: return needs(Capability::cond_store, text);
    case Kind::filter: return needs(Capability::filters, text);
    default: return std::nullopt;
  }
}

Unknown Asked::searching(const command::Searching& command, Capability extended,
                         Capability context) const {
  for (const FetchItem& one : command.update_items) {
    if (const auto unknown = item(one)) return unknown;
  }
  if (const auto& returns = command.returns) {
    constexpr std::string_view no_option = "There is no such return option";
    if (!offered_.has(extended)) return "There is no such search key";
    if (returns->has(ReturnOptions::update) && !offered_.has(context)) return no_option;
    // RFC 5267 section 4.4 has it, too.
    if (returns->partial && !offered_.has_any({Capability::partial, context})) return no_option;
    if (returns->has(ReturnOptions::save) && !offered_.has(Capability::search_res))
      return no_option;
    if (returns->has(ReturnOptions::relevancy) && !offered_.has(Capability::search_fuzzy))
      return no_option;
  }
  return key(command.key);
}

Unknown Asked::operator()(const command::Sort& command) const {
  if (!offered_.has(Capability::sort)) return no_command;
  using Key = SortCriterion::Key;
  for (const SortCriterion& criterion : command.order) {
    const bool display = criterion.key == Key::display_from || criterion.key == Key::display_to;
    if ((display && !offered_.has(Capability::sort_display)) ||
        (criterion.key == Key::relevancy && !offered_.has(Capability::search_fuzzy)))
      return "There is no such sort key";
  }
  return searching(command, Capability::esort, Capability::context_sort);
}

Unknown Asked::operator()(const command::Thread& command) const {
  const Capabilities all{Capability::thread_ordered_subject, Capability::thread_references,
                         Capability::thread_refs};
  if (!offered_.has_any(all)) return no_command;
  Capability needed = Capability::thread_references;
  if (command.algorithm == ThreadAlgorithm::ordered_subject)
    needed = Capability::thread_ordered_subject;
  if (command.algorithm == ThreadAlgorithm::refs) needed = Capability::thread_refs;
  if (!offered_.has(needed)) return "There is no such threading algorithm";
  return key(command.key);
}

}  // namespace

std::string announce(const Capabilities& offered, const std::optional<Entrance>& entrance,
                     std::uint64_t append_limit) {
  std::string names = "IMAP4rev1";
  const Stage stage = entrance ? Stage::before_login : Stage::after_login;
  for (const CapabilityRow& row : config::capability_rows) {
    const bool last = row.capability == Capability::append_limit;
    if (last && entrance) names += names_of(*entrance);
    if (!offered.has(row.capability) || !is_told(row, offered, stage)) continue;
    names += fmt::format(" {}{}", row.name, row.along);
    if (last) names += fmt::format("={}", append_limit);
  }
  return names;
}

Capabilities offered(const config::Switches& account, const config::Switches& program,
                     Extensions enabled) {
  Capabilities out = config::offered(account, program);
  for (const auto& [name, extension] : extension_names) {
    // Its commands are there without.
    if (extension == Extension::metadata) continue;
    if (enabled.has(extension)) out.add(config::with_needs(config::named(name)));
  }
  return out;
}

Unknown unknown_in(const wire::imap::Command& command, const Capabilities& offered) {
  return std::visit(Asked(offered), command.body);
}

}  // namespace postern::imap
