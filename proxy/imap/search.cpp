#include <algorithm>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "proxy/imap/index_hits.h"
#include "proxy/imap/search_match.h"
#include "proxy/imap/session.h"
#include "proxy/imap/text_scan.h"
#include "proxy/imap/turn.h"
#include "sync/base/log.h"
#include "sync/store/failure.h"
#include "sync/wire/utf8.h"

namespace postern::imap {
namespace {

using Kind = wire::imap::SearchKey::Kind;

/// What one SEARCH may ask of the messages' texts. A program that knows what it wants is far below.
constexpr std::size_t most_texts = 32;    ///< BODY and TEXT
constexpr std::size_t most_fields = 256;  ///< HEADER and what is written like it
/// Between two looks at the clock, where a message costs next to nothing, and where its kept texts
/// may be looked into.
constexpr std::uint32_t slice_messages = 100;
constexpr std::uint32_t slice_kept_texts = 10;

/// A search under way; one turn at a time works on it.
struct Search {
  store::SnapshotPtr view;
  UidSet recents;
  Question question;
  std::uint32_t viewed = 0;
  std::vector<SeqNum> open;        ///< what the view alone does not answer
  std::optional<IndexHits> hits;   ///< of `open`
  std::size_t at = 0;              ///< in `open`
  std::unique_ptr<TextScan> scan;  ///< of the message at `at`, once begun
  std::vector<SeqNum> found;

  [[nodiscard]] Truth ask(SeqNum seq, const store::Entry& entry, const Findings* findings) const {
    return matches(question.criterion, {seq, entry, recents.contains(entry.uid), findings});
  }
};

bool valid_texts(const wire::imap::SearchKey& key) {
  if (!wire::valid_utf8(key.value)) return false;
  for (const auto& child : key.children) {
    if (!valid_texts(child)) return false;
  }
  return true;
}

std::size_t count_keys(const wire::imap::SearchKey& key, const std::function<bool(Kind)>& counts) {
  std::size_t count = counts(key.kind) ? 1 : 0;
  for (const auto& child : key.children) count += count_keys(child, counts);
  return count;
}

bool asks_too_much(const wire::imap::SearchKey& key) {
  const auto in_text = [](Kind kind) { return kind == Kind::body || kind == Kind::text; };
  const auto in_field = [](Kind kind) { return kind == Kind::header; };
  return count_keys(key, in_text) > most_texts || count_keys(key, in_field) > most_fields;
}

void ask_view(Search& search, const Turn& turn) {
  while (search.viewed < search.view->size()) {
    const SeqNum first(search.viewed + 1);
    const SeqNum last(std::min(search.viewed + slice_messages, search.view->size()));
    search.view->for_range(first, last, [&](SeqNum seq, const store::Entry& entry) {
      const Truth truth = search.ask(seq, entry, nullptr);
      if (truth == Truth::yes) search.found.push_back(seq);
      if (truth == Truth::unknown) search.open.push_back(seq);
    });
    search.viewed = last.value;
    if (turn.over()) return;
  }
}

void ask_index(Search& search, store::Reader& reader, const Turn& turn) {
  if (!search.hits) {
    std::vector<BodyId> bodies;
    bodies.reserve(search.open.size());
    for (const SeqNum seq : search.open) bodies.push_back(search.view->at(seq).body);
    search.hits.emplace(search.question, bodies);
  }
  while (!search.hits->finished() && !turn.over()) search.hits->step(reader);
}

/// Goes on with one message until it is answered or the turn is over.
Truth ask_text(Search& search, store::Reader& reader, Turn& turn) {
  const SeqNum seq = search.open[search.at];
  const store::Entry& entry = search.view->at(seq);
  if (!search.scan) {
    Findings findings = search.hits->findings(search.at);
    Truth truth = search.ask(seq, entry, &findings);
    if (truth == Truth::unknown) {
      ask_kept_fields(search.question, reader, entry.body, findings);
      truth = search.ask(seq, entry, &findings);
    }
    if (truth == Truth::unknown) {
      search.hits->ask_kept_texts(reader, entry.body, search.at, findings);
      truth = search.ask(seq, entry, &findings);
    }
    if (truth != Truth::unknown) return truth;
    search.scan = std::make_unique<TextScan>(search.question, entry.body, std::move(findings));
  }
  TextScan& scan = *search.scan;
  while (true) {
    const std::size_t known = scan.findings().changes;
    const bool had_long_text = scan.has_long_text();
    scan.step(reader);
    if (scan.has_long_text() && !had_long_text) turn.extend();
    if (scan.findings().changes != known) {
      const Truth truth = search.ask(seq, entry, &scan.findings());
      if (truth != Truth::unknown) return truth;
    }
    if (turn.over()) return Truth::unknown;
  }
}

void ask_texts(Search& search, store::Reader& reader, Turn& turn) {
  ask_index(search, reader, turn);
  while (search.hits->finished() && search.at < search.open.size()) {
    Truth truth = Truth::no;
    try {
      truth = ask_text(search, reader, turn);
    } catch (const store::StoreFailure& failure) {
      if (failure.kind() != store::FailureKind::corrupt) throw;
      log::error("imap", "a message cannot be searched: {}", failure.what());
    }
    if (truth == Truth::unknown) {
      search.scan->rest();
      return;
    }
    const bool cheap = search.scan == nullptr;
    search.scan.reset();
    if (truth == Truth::yes) search.found.push_back(search.open[search.at]);
    ++search.at;
    if ((!cheap || search.at % slice_kept_texts == 0) && turn.over()) return;
  }
}

}  // namespace

/// The messages that match, in the order of the mailbox. `key` refers to nothing outside the view.
asio::awaitable<std::expected<Found, Answer>> Session::find(wire::imap::SearchKey key,
                                                            SearchPlace place) {
  if (!valid_texts(key))
    co_return std::unexpected(
        Answer::bad("A search text is not valid UTF-8", "BADCHARSET (US-ASCII UTF-8)"));
  if (asks_too_much(key))
    co_return std::unexpected(
        Answer::no("LIMIT", "Too many texts are searched for at once; ask for fewer"));
  auto search = std::make_shared<Search>();
  search->view = std::move(place.view);
  search->recents = std::move(place.recents);
  search->question = prepare(key, *search->view);
  const std::stop_token closing = account()->closing();
  while (search->viewed < search->view->size()) {
    auto work = [search, closing] { ask_view(*search, Turn(closing)); };
    const auto outcome = co_await access::compute(account(), std::move(work));
    if (!outcome) co_return std::unexpected(failed(outcome.error()));
    co_await expect_client(place.whole.value_or(Progress{}));
  }
  while (search->at < search->open.size()) {
    access::Ahead<store::Outcome<void>> turn(executor_);
    auto work = [search, closing](store::Reader& reader) {
      Turn mine(closing);
      ask_texts(*search, reader, mine);
    };
    account()->read(std::move(work), turn.done());
    const auto outcome = co_await turn.get();
    if (!outcome) co_return std::unexpected(failed(outcome.error()));
    co_await expect_client(place.whole.value_or(Progress{search->at, search->open.size()}));
  }
  std::ranges::sort(search->found);
  co_return Found{search->view, std::move(search->found), {}};
}

}  // namespace postern::imap
