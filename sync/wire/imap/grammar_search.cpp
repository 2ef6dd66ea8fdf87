#include <array>
#include <utility>

#include "sync/wire/imap/grammar.h"

namespace postern::wire::imap::grammar {
namespace {

using Kind = SearchKey::Kind;

SearchKey search_key(Cursor& in);

SearchKey of_kind(Kind kind) {
  SearchKey key;
  key.kind = kind;
  return key;
}

SearchKey not_key(SearchKey child) {
  SearchKey key = of_kind(Kind::not_);
  key.children.push_back(std::move(child));
  return key;
}

SearchKey flag_key(SystemFlag flag) {
  SearchKey key = of_kind(Kind::system_flag);
  key.flag = flag;
  return key;
}

/// Keys without arguments.
std::optional<SearchKey> plain_key(Cursor& in) {
  struct Row {
    std::string_view word;
    SystemFlag flag;
  };
  static constexpr std::array<Row, 5> rows = {{{"ANSWERED", SystemFlag::answered},
                                               {"DELETED", SystemFlag::deleted},
                                               {"DRAFT", SystemFlag::draft},
                                               {"FLAGGED", SystemFlag::flagged},
                                               {"SEEN", SystemFlag::seen}}};
  for (const Row& row : rows) {
    if (in.accept_word(row.word)) return flag_key(row.flag);
    if (in.accept_word("UN" + std::string(row.word))) return not_key(flag_key(row.flag));
  }
  if (in.accept_word("ALL")) return of_kind(Kind::all);
  // All mailboxes know it (RFC 8514 section 4.3).
  if (in.accept_word("SAVEDATESUPPORTED")) return of_kind(Kind::all);
  if (in.accept_word("RECENT")) return of_kind(Kind::recent);
  if (in.accept_word("OLD")) return not_key(of_kind(Kind::recent));
  if (in.accept_word("NEW")) {
    SearchKey key = of_kind(Kind::and_);
    key.children.push_back(of_kind(Kind::recent));
    key.children.push_back(not_key(flag_key(SystemFlag::seen)));
    return key;
  }
  return std::nullopt;
}

std::optional<SearchKey> date_key(Cursor& in) {
  struct Row {
    std::string_view word;
    Kind kind;
  };
  static constexpr std::array<Row, 9> rows = {{{"BEFORE", Kind::before},
                                               {"ON", Kind::on},
                                               {"SINCE", Kind::since},
                                               {"SENTBEFORE", Kind::sent_before},
                                               {"SENTON", Kind::sent_on},
                                               {"SENTSINCE", Kind::sent_since},
                                               {"SAVEDBEFORE", Kind::saved_before},
                                               {"SAVEDON", Kind::saved_on},
                                               {"SAVEDSINCE", Kind::saved_since}}};
  for (const Row& row : rows) {
    if (!in.accept_word(row.word)) continue;
    SearchKey key = of_kind(row.kind);
    sp(in);
    key.date = date(in);
    return key;
  }
  return std::nullopt;
}

std::optional<SearchKey> text_key(Cursor& in) {
  for (const std::string_view field : {"BCC", "CC", "FROM", "SUBJECT", "TO"}) {
    if (!in.accept_word(field)) continue;
    SearchKey key = of_kind(Kind::header);
    key.name = field;
    sp(in);
    key.value = search_text(in);
    return key;
  }
  if (in.accept_word("HEADER")) {
    SearchKey key = of_kind(Kind::header);
    sp(in);
    key.name = astring(in);
    if (key.name.empty()) in.fail("The name of a header field is missing");
    sp(in);
    key.value = search_text(in);
    return key;
  }
  for (const auto& [word, kind] : {std::pair<std::string_view, Kind>{"BODY", Kind::body},
                                   std::pair<std::string_view, Kind>{"TEXT", Kind::text}}) {
    if (!in.accept_word(word)) continue;
    SearchKey key = of_kind(kind);
    sp(in);
    key.value = search_text(in);
    return key;
  }
  return std::nullopt;
}

std::optional<SearchKey> number_key(Cursor& in) {
  for (const auto& [word, kind] : {std::pair<std::string_view, Kind>{"LARGER", Kind::larger},
                                   std::pair<std::string_view, Kind>{"SMALLER", Kind::smaller}}) {
    if (!in.accept_word(word)) continue;
    SearchKey key = of_kind(kind);
    sp(in);
    key.octets = number(in);
    return key;
  }
  if (in.accept_word("UID")) {
    SearchKey key = of_kind(Kind::uid_set);
    sp(in);
    key.set = sequence_set(in);
    return key;
  }
  if (is_digit(in.peek()) || in.peek() == '*' || in.peek() == '$') {
    SearchKey key = of_kind(Kind::sequence_set);
    key.set = sequence_set(in);
    return key;
  }
  return std::nullopt;
}

/// RFC 5032 section 3, in seconds.
std::optional<SearchKey> interval_key(Cursor& in) {
  for (const auto& [word, kind] : {std::pair<std::string_view, Kind>{"OLDER", Kind::older},
                                   std::pair<std::string_view, Kind>{"YOUNGER", Kind::younger}}) {
    if (!in.accept_word(word)) continue;
    SearchKey key = of_kind(kind);
    sp(in);
    key.number = nz_number(in);
    return key;
  }
  return std::nullopt;
}

std::optional<SearchKey> object_key(Cursor& in) {
  constexpr std::size_t longest = 255;
  for (const auto& [word, kind] :
       {std::pair<std::string_view, Kind>{"EMAILID", Kind::email_id},
        std::pair<std::string_view, Kind>{"THREADID", Kind::thread_id}}) {
    if (!in.accept_word(word)) continue;
    SearchKey key = of_kind(kind);
    sp(in);
    key.value = in.take_while(is_object_id_char);
    if (key.value.empty() || key.value.size() > longest) in.fail("This is not an object id");
    return key;
  }
  return std::nullopt;
}

/// RFC 7162 section 7, `search-modsequence`. All flags share one MODSEQ, so which one is asked
/// about does not matter.
std::optional<SearchKey> mod_seq_key(Cursor& in) {
  if (!in.accept_word("MODSEQ")) return std::nullopt;
  SearchKey key = of_kind(Kind::mod_seq);
  sp(in);
  if (in.peek() == '"') {
    (void)quoted(in);
    sp(in);
    if (!in.accept_word("priv") && !in.accept_word("shared") && !in.accept_word("all"))
      in.fail("Expected priv, shared or all");
    sp(in);
  }
  key.number = static_cast<std::int64_t>(mod_sequence(in).value);
  return key;
}

std::optional<SearchKey> keyword_key(Cursor& in) {
  const bool negated = in.accept_word("UNKEYWORD");
  if (!negated && !in.accept_word("KEYWORD")) return std::nullopt;
  SearchKey key = of_kind(Kind::keyword);
  sp(in);
  key.name = atom(in);
  return negated ? not_key(std::move(key)) : key;
}

/// RFC 5466 section 4.
std::optional<SearchKey> filter_key(Cursor& in) {
  constexpr std::size_t longest = 255;
  if (!in.accept_word("FILTER")) return std::nullopt;
  SearchKey key = of_kind(Kind::filter);
  sp(in);
  key.name = in.take_while([](char c) { return is_atom_char(c) && c != '/'; });
  if (key.name.empty() || key.name.size() > longest) in.fail("This is not the name of a filter");
  return key;
}

void mark_fuzzy(SearchKey& key) {
  key.match = SearchKey::Match::fuzzy;
  for (SearchKey& child : key.children) mark_fuzzy(child);
}

std::optional<SearchKey> nested_key(Cursor& in) {
  const Cursor::Level level(in);
  if (in.accept_word("NOT")) {
    sp(in);
    return not_key(search_key(in));
  }
  if (in.accept_word("FUZZY")) {
    sp(in);
    SearchKey key = search_key(in);
    mark_fuzzy(key);
    return key;
  }
  if (in.accept_word("OR")) {
    SearchKey key = of_kind(Kind::or_);
    for (int i = 0; i < 2; ++i) {
      sp(in);
      key.children.push_back(search_key(in));
    }
    return key;
  }
  if (in.accept('(')) {
    SearchKey key = search_program(in);
    in.expect(')');
    return key;
  }
  return std::nullopt;
}

SearchKey search_key(Cursor& in) {
  for (const auto rule : {plain_key, text_key, number_key, date_key, keyword_key, nested_key,
                          interval_key, object_key, mod_seq_key, filter_key}) {
    if (in.failed()) break;
    if (auto key = rule(in)) return std::move(*key);
  }
  in.fail("There is no such search key");
  return {};
}

}  // namespace

SearchKey search_program(Cursor& in) {
  SearchKey all = of_kind(Kind::and_);
  do {
    all.children.push_back(search_key(in));
  } while (in.accept(' '));
  if (all.children.size() == 1) return SearchKey(std::move(all.children.front()));
  return all;
}

}  // namespace postern::wire::imap::grammar
