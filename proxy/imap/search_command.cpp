#include <algorithm>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include "proxy/imap/object_id.h"
#include "proxy/imap/relevancy.h"
#include "proxy/imap/search_references.h"
#include "proxy/imap/session.h"
#include "proxy/imap/turn.h"

namespace postern::imap {
namespace {

using Kind = wire::imap::SearchKey::Kind;
using Returns = wire::imap::ReturnOptions;

/// More are written down on the store's threads.
constexpr std::size_t few_messages = 1000;

bool ranks(std::span<const wire::imap::SortCriterion> order) {
  return std::ranges::find(order, wire::imap::SortCriterion::Key::relevancy,
                           &wire::imap::SortCriterion::key) != order.end();
}

bool is_fuzzy(const wire::imap::SearchKey& key) {
  return key.match == wire::imap::SearchKey::Match::fuzzy;
}

bool asks_for_mod_seq(const wire::imap::SearchKey& key) {
  return key.kind == wire::imap::SearchKey::Kind::mod_seq;
}

/// A search under way again, for how well its results fit.
struct Weighing {
  Relevancy relevancy;
  Found found;
  std::vector<std::size_t> order;  ///< places in `found`, by rising bodies
  std::size_t at = 0;              ///< in `order`

  Weighing(const wire::imap::SearchKey& key, Found all)
      : relevancy(key), found(std::move(all)), order(found.messages.size()) {
    found.relevancy.resize(order.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [this](std::size_t place) { return body(place); });
  }
  [[nodiscard]] BodyId body(std::size_t place) const {
    return found.view->at(found.messages[place]).body;
  }
  void go_on(store::Reader& reader, const Turn& turn) {
    while (at < order.size()) {
      found.relevancy[order[at]] = relevancy.score(reader, body(order[at]));
      if (++at % few_messages == 0 && turn.over()) return;
    }
  }
};

/// Which messages of a view belong to some threads.
struct ThreadSearch {
  std::vector<std::string> ids;
  store::SnapshotPtr view;
  std::vector<BodyId> bodies;  ///< rising
  std::size_t at = 0;          ///< in `bodies`
  std::unordered_map<std::string, std::vector<BodyId>> found;

  ThreadSearch(std::vector<std::string> wanted, store::SnapshotPtr shown)
      : ids(std::move(wanted)), view(std::move(shown)) {
    bodies.reserve(view->size());
    view->for_each([this](SeqNum, const store::Entry& entry) { bodies.push_back(entry.body); });
    std::ranges::sort(bodies);
    const auto again = std::ranges::unique(bodies);
    bodies.erase(again.begin(), again.end());
  }
  void go_on(store::Reader& reader, const Turn& turn) {
    while (at < bodies.size()) {
      const auto next = std::span(bodies).subspan(at, std::min(few_messages, bodies.size() - at));
      reader.sort_keys(next, [&](BodyId body, const wire::mime::SortKeys& keys) {
        const std::string id = thread_id(keys, [&] { return reader.hash_of(body); });
        if (std::ranges::find(ids, id) != ids.end()) found[id].push_back(body);
      });
      at += next.size();
      if (turn.over()) return;
    }
  }
  [[nodiscard]] std::unordered_map<std::string, UidSet> uids() const {
    std::unordered_map<std::string, UidSet> all;
    for (const auto& [id, members] : found) {
      std::vector<UidSet::Range> ranges;
      view->for_each([&](SeqNum, const store::Entry& entry) {
        if (std::ranges::binary_search(members, entry.body))
          ranges.push_back({entry.uid, entry.uid});
      });
      all.emplace(id, UidSet(std::move(ranges)));
    }
    return all;
  }
};

bool known_charset(std::string_view charset) {
  return charset.empty() || charset == "US-ASCII" || charset == "ASCII" || charset == "UTF-8";
}

}  // namespace

/// The key with what it refers to outside the view put in its place.
asio::awaitable<std::expected<wire::imap::SearchKey, Answer>> Session::resolve(
    const wire::imap::SearchKey& key, const SearchPlace& place) {
  References references{wall_now(), place.saved, {}, {}};
  if (auto ids = values_of(key, Kind::email_id); !ids.empty()) {
    auto work = [ids = std::move(ids)](store::Reader& reader) {
      std::unordered_map<std::string, BodyId> emails;
      for (const std::string& id : ids) {
        const auto hash = parse_email_id(id);
        const auto body = hash ? reader.find_body(*hash) : std::nullopt;
        if (body) emails.emplace(id, *body);
      }
      return emails;
    };
    auto emails = co_await access::read(account(), std::move(work));
    if (!emails) co_return std::unexpected(failed(emails.error()));
    references.emails = std::move(*emails);
  }
  if (auto ids = values_of(key, Kind::thread_id); !ids.empty()) {
    auto threads = std::make_shared<ThreadSearch>(std::move(ids), place.view);
    const std::stop_token closing = account()->closing();
    while (threads->at < threads->bodies.size()) {
      auto work = [threads, closing](store::Reader& reader) {
        threads->go_on(reader, Turn(closing));
      };
      const auto outcome = co_await access::read(account(), std::move(work));
      if (!outcome) co_return std::unexpected(failed(outcome.error()));
      co_await expect_client(place.whole.value_or(Progress{threads->at, threads->bodies.size()}));
    }
    references.threads = threads->uids();
  }
  co_return resolved(key, references);
}

asio::awaitable<std::expected<Found, Answer>> Session::find(
    const wire::imap::command::Searching& command) {
  if (command.returns && command.returns->has(Returns::update) && updates(tag_))
    co_return std::unexpected(Answer::bad("A search with this tag is kept up to date already"));
  if (auto answer = unsearchable(command)) co_return std::unexpected(std::move(*answer));
  SearchPlace place = here();
  auto key = co_await resolve(command.key, place);
  if (!key) co_return std::unexpected(std::move(key.error()));
  co_return co_await find(std::move(*key), std::move(place));
}

/// What is wrong with it wherever it searches. RFC 7162 section 3.1.5: MODSEQ enables CONDSTORE.
std::optional<Answer> Session::unsearchable(const wire::imap::command::Searching& command) {
  if (!known_charset(command.charset))
    return Answer::no("BADCHARSET (US-ASCII UTF-8)", "Search texts are taken in UTF-8");
  if (any_key(command.key, asks_for_mod_seq)) enable(Extension::cond_store);
  return std::nullopt;
}

/// With the relevancy of what was found, if something asks for it: RFC 6203 section 4.
asio::awaitable<std::expected<Found, Answer>> Session::weigh(
    const wire::imap::command::Searching& command, std::span<const wire::imap::SortCriterion> order,
    Found found) {
  const bool told = command.returns && command.returns->has(Returns::relevancy);
  if (!told && !ranks(order)) co_return std::move(found);
  if (!any_key(command.key, is_fuzzy))
    co_return std::unexpected(Answer::bad("RELEVANCY goes with a FUZZY search key only"));
  auto weighing = std::make_shared<Weighing>(command.key, std::move(found));
  const std::stop_token closing = account()->closing();
  while (weighing->at < weighing->order.size()) {
    auto work = [weighing, closing](store::Reader& reader) {
      weighing->go_on(reader, Turn(closing));
    };
    const auto outcome = co_await access::read(account(), std::move(work));
    if (!outcome) co_return std::unexpected(failed(outcome.error()));
    co_await expect_client({weighing->at, weighing->order.size()});
  }
  co_return std::move(weighing->found);
}

asio::awaitable<void> Session::send(std::string lines) {
  out_ += lines;
  co_await flush_if_large();
}

/// RFC 5182 section 2.1: a search that is refused saves nothing; BAD leaves what was saved.
Answer Session::refused(const wire::imap::command::Searching& command, Answer answer) {
  if (view_ && command.returns && command.returns->has(Returns::save) &&
      answer.condition == wire::imap::Condition::no)
    view_->save({});
  return answer;
}

/// `name` is what a plain answer begins with.
asio::awaitable<Answer> Session::answer(const wire::imap::command::Searching& command, Found found,
                                        std::string_view name,
                                        std::vector<wire::imap::SortCriterion> order) {
  if (command.returns && command.returns->has(Returns::update))
    keep_up_to_date(command, std::move(order), found);
  if (command.returns && command.returns->has(Returns::save))
    view_->save(saved_part(*command.returns, found));
  if (auto failure = co_await tell_found(command, std::move(found), name))
    co_return std::move(*failure);
  co_return Answer::ok(std::string(name) + " completed");
}

/// `source` says where it was found, if not in the selected mailbox. An answer if it cannot be
/// told.
asio::awaitable<std::optional<Answer>> Session::tell_found(
    const wire::imap::command::Searching& command, Found found, std::string_view name,
    std::string source) {
  const bool few = found.messages.size() <= few_messages;
  auto work = [found = std::move(found), form = command.numbers, returns = command.returns,
               tag = tag_, name = std::string(name), source = std::move(source),
               with_mod_seq = any_key(command.key, asks_for_mod_seq)] {
    const auto numbers = numbers_of(found, form);
    const auto mod_seq = with_mod_seq ? told_mod_seq(returns, found) : std::nullopt;
    return returns ? extended_line(tag, form, *returns, numbers, found.relevancy, mod_seq, source)
                   : plain_line(name, numbers, mod_seq);
  };
  if (few) {
    std::string lines = work();
    co_await send(std::move(lines));
  } else {
    auto lines = co_await access::compute(account(), std::move(work));
    if (!lines) co_return failed(lines.error());
    co_await send(std::move(*lines));
  }
  co_return std::nullopt;
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Search& command) {
  // RFC 9755 section 3: all is UTF-8 then.
  if (enabled_.has(Extension::utf8) && !command.charset.empty())
    co_return Answer::bad("Once UTF8=ACCEPT is enabled, SEARCH takes no CHARSET");
  wire::imap::command::Searching wanted = command;
  // RFC 9051 section 6.4.4: there is no other answer.
  if (rev2() && !wanted.returns) wanted.returns.emplace().add(Returns::all);
  auto found = co_await find(wanted);
  if (found) found = co_await weigh(wanted, {}, std::move(*found));
  if (!found) co_return refused(wanted, std::move(found.error()));
  co_return co_await answer(wanted, std::move(*found), "SEARCH");
}

}  // namespace postern::imap
