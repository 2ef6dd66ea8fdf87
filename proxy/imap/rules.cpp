#include "proxy/imap/rules.h"

#include <algorithm>
#include <array>
#include <variant>

namespace postern::imap {
namespace {

constexpr std::uint8_t any = 7;
constexpr auto fresh = static_cast<std::uint8_t>(State::not_authenticated);
constexpr auto selected = static_cast<std::uint8_t>(State::selected);
constexpr std::uint8_t logged_in = any & ~fresh;

/// In the order of Command::Body.
constexpr std::array<CommandRule, std::variant_size_v<wire::imap::Command::Body>> rules = {{
    {"CAPABILITY", any, Sequence::free},
    {"NOOP", any, Sequence::free},
    {"LOGOUT", any, Sequence::replaces},
    {"UNAUTHENTICATE", logged_in, Sequence::replaces},
    {"LANGUAGE", any, Sequence::free},
    {"ID", any, Sequence::free},
    {"STARTTLS", fresh, Sequence::free},
    {"AUTHENTICATE", fresh, Sequence::free},
    {"LOGIN", fresh, Sequence::free},
    {"COMPRESS", logged_in, Sequence::free},
    {"ENABLE", logged_in, Sequence::free},
    {"SELECT", logged_in, Sequence::replaces},
    {"EXAMINE", logged_in, Sequence::replaces},
    {"CREATE", logged_in, Sequence::free, Effect::writes},
    {"DELETE", logged_in, Sequence::free, Effect::writes},
    {"RENAME", logged_in, Sequence::free, Effect::writes},
    {"SUBSCRIBE", logged_in, Sequence::free, Effect::writes},
    {"UNSUBSCRIBE", logged_in, Sequence::free, Effect::writes},
    {"LIST", logged_in, Sequence::free},
    {"XLIST", logged_in, Sequence::free},
    {"LSUB", logged_in, Sequence::free},
    {"NAMESPACE", logged_in, Sequence::free},
    {"STATUS", logged_in, Sequence::free},
    {"GETMETADATA", logged_in, Sequence::free},
    {"SETMETADATA", logged_in, Sequence::free, Effect::writes},
    {"GETQUOTA", logged_in, Sequence::free},
    {"GETQUOTAROOT", logged_in, Sequence::free},
    {"GETACL", logged_in, Sequence::free},
    {"MYRIGHTS", logged_in, Sequence::free},
    {"LISTRIGHTS", logged_in, Sequence::free},
    {"SETACL", logged_in, Sequence::free, Effect::writes},
    {"DELETEACL", logged_in, Sequence::free, Effect::writes},
    {"APPEND", logged_in, Sequence::free, Effect::writes},
    {"REPLACE", selected, Sequence::free, Effect::writes},
    {"NOTIFY", logged_in, Sequence::free},
    {"IDLE", logged_in, Sequence::free},
    {"CHECK", selected, Sequence::free},
    {"CLOSE", selected, Sequence::replaces},
    {"UNSELECT", selected, Sequence::replaces},
    {"EXPUNGE", selected, Sequence::free, Effect::writes},
    {"SEARCH", selected, Sequence::by_form},
    {"SORT", selected, Sequence::by_form},
    {"THREAD", selected, Sequence::by_form},
    {"ESEARCH", logged_in, Sequence::free},
    {"CANCELUPDATE", selected, Sequence::free},
    {"UIDBATCHES", selected, Sequence::free},
    {"FETCH", selected, Sequence::by_form},
    {"STORE", selected, Sequence::by_form, Effect::writes},
    {"COPY", selected, Sequence::free, Effect::writes},
    {"MOVE", selected, Sequence::free, Effect::writes},
}};

template <class T>
bool by_sequence(const wire::imap::Command& command) {
  const auto* body = std::get_if<T>(&command.body);
  return body != nullptr && body->numbers == wire::imap::Numbers::sequence;
}

template <class... T>
bool any_by_sequence(const wire::imap::Command& command) {
  return (by_sequence<T>(command) || ...);
}

bool names_numbers(const wire::imap::SearchKey& key) {
  if (key.kind == wire::imap::SearchKey::Kind::sequence_set && !key.set.saved()) return true;
  return std::ranges::any_of(key.children, names_numbers);
}

template <class T>
bool searches_numbers(const wire::imap::Command& command) {
  const auto* body = std::get_if<T>(&command.body);
  return body != nullptr && names_numbers(body->key);
}

template <class T>
bool matches_numbers(const wire::imap::Command& command) {
  const auto* body = std::get_if<T>(&command.body);
  return body != nullptr && body->known && body->known->match;
}

}  // namespace

bool names_sequence_numbers(const wire::imap::Command& command) {
  namespace c = wire::imap::command;
  return any_by_sequence<c::Search, c::Sort, c::Thread, c::Fetch, c::Store, c::Copy, c::Move,
                         c::Replace>(command) ||
         searches_numbers<c::Search>(command) || searches_numbers<c::Sort>(command) ||
         searches_numbers<c::Thread>(command) || searches_numbers<c::MultiSearch>(command) ||
         matches_numbers<c::Select>(command) || matches_numbers<c::Examine>(command);
}

const CommandRule& rule_of(const wire::imap::Command& command) {
  return rules[command.body.index()];
}

bool withholds_expunges(const wire::imap::Command& command) {
  namespace c = wire::imap::command;
  switch (rule_of(command).sequence) {
    case Sequence::uses: return true;
    case Sequence::by_form:
      return by_sequence<c::Search>(command) || by_sequence<c::Sort>(command) ||
             by_sequence<c::Thread>(command) || by_sequence<c::Fetch>(command) ||
             by_sequence<c::Store>(command);
    case Sequence::free:
    case Sequence::replaces: return false;
  }
  return true;
}

}  // namespace postern::imap
