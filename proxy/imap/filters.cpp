#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "proxy/imap/filter_expansion.h"
#include "proxy/imap/search_references.h"
#include "proxy/imap/session.h"

namespace postern::imap {
namespace {

namespace command = wire::imap::command;
using wire::imap::SearchKey;

command::Searching* searching_in(wire::imap::Command& command) {
  if (auto* search = std::get_if<command::Search>(&command.body)) return search;
  if (auto* sort = std::get_if<command::Sort>(&command.body)) return sort;
  if (auto* multi = std::get_if<command::MultiSearch>(&command.body)) return multi;
  return std::get_if<command::Thread>(&command.body);
}

Answer refusal_for(const FilterMistake& mistake) {
  switch (mistake.what) {
    case FilterMistake::What::undefined:
      return Answer::no("UNDEFINED-FILTER " + mistake.name, "There is no such filter");
    case FilterMistake::What::malformed:
      return Answer::no("CANNOT", "A filter does not say what is to be searched for");
    case FilterMistake::What::too_many: break;
  }
  return Answer::no("LIMIT", "Too many filters, or one that names itself");
}

std::expected<SearchKey, FilterMistake> expanded(store::Reader& reader, const SearchKey& key) {
  std::map<std::string, std::string, std::less<>> values;
  reader.annotations(store::whole_account, [&](std::string_view entry, std::string_view value) {
    if (entry.starts_with(private_filters) || entry.starts_with(shared_filters))
      values.emplace(entry, value);
  });
  return with_filters(key, [&](const std::string& name) -> std::optional<std::string> {
    for (const std::string_view folder : {private_filters, shared_filters}) {
      const auto found = values.find(std::string(folder) + name);
      if (found != values.end()) return found->second;
    }
    return std::nullopt;
  });
}

}  // namespace

/// RFC 5466: what the filters stand for is put in their place. An answer if that cannot be.
asio::awaitable<std::optional<Answer>> Session::expand_filters(wire::imap::Command& command) {
  command::Searching* searching = searching_in(command);
  const auto is_filter = [](const SearchKey& key) { return key.kind == SearchKey::Kind::filter; };
  if (searching == nullptr || !any_key(searching->key, is_filter)) co_return std::nullopt;
  auto work = [key = searching->key](store::Reader& reader) { return expanded(reader, key); };
  auto outcome = co_await access::read(account(), std::move(work));
  if (!outcome) co_return failed(outcome.error());
  if (!*outcome) {
    Answer refusal = refusal_for(outcome->error());
    // RFC 7377 section 2.2: of other mailboxes nothing is saved.
    const auto* multi = std::get_if<command::MultiSearch>(&command.body);
    if (multi != nullptr && !multi->only_selected()) co_return refusal;
    co_return refused(*searching, std::move(refusal));
  }
  searching->key = std::move(**outcome);
  co_return std::nullopt;
}

}  // namespace postern::imap
