#include "proxy/daemon/page/message_search.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "proxy/access/store_access.h"
#include "proxy/imap/index_hits.h"
#include "proxy/imap/search_match.h"
#include "proxy/imap/text_scan.h"
#include "proxy/imap/turn.h"
#include "sync/base/clock.h"
#include "sync/store/failure.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/mime/text.h"

namespace postern::daemon::page {
namespace {

using imap::Truth;

constexpr std::chrono::seconds patience{8};
/// Of more messages than that the latest are looked at.
constexpr std::size_t most_candidates = 200'000;
/// Subject and From stand before that, or are not shown.
constexpr std::uint64_t header_octets = 16UL * 1024;

struct Box {
  store::MailboxInfo info;
  store::SnapshotPtr view;
  imap::Question question;
  std::optional<imap::IndexHits> hits;
};

/// A message that may match.
struct Candidate {
  std::size_t box;
  SeqNum seq;
  std::int64_t date;
};

struct Search {
  std::vector<std::unique_ptr<Box>> boxes;
  std::vector<Candidate> candidates;  ///< the latest first
  std::size_t at = 0;
  std::size_t most = 0;
  bool by_words = false;
  bool cut = false;  ///< there are more than the candidates
  Hits found;

  [[nodiscard]] bool finished() const {
    return at == candidates.size() || found.hits.size() == most;
  }
};

void keep_latest(Search& search) {
  // A few more than are shown: one may be damaged.
  const std::size_t most = search.by_words ? most_candidates : 2 * search.most;
  auto& candidates = search.candidates;
  if (candidates.size() <= most) return;
  const auto end = candidates.begin() + static_cast<std::ptrdiff_t>(most);
  std::ranges::nth_element(candidates, end, std::ranges::greater(), &Candidate::date);
  candidates.erase(end, candidates.end());
  search.cut = true;
}

void add_box(Search& search, const store::MailboxInfo& info, store::SnapshotPtr view,
             const wire::imap::SearchKey& key) {
  auto box = std::make_unique<Box>();
  box->info = info;
  box->view = std::move(view);
  box->question = imap::prepare(key, *box->view);
  std::vector<BodyId> bodies;
  const std::size_t place = search.boxes.size();
  box->view->for_each([&](SeqNum seq, const store::Entry& entry) {
    if (search.by_words) bodies.push_back(entry.body);
    search.candidates.push_back({place, seq, entry.date.seconds});
  });
  if (search.by_words) box->hits.emplace(box->question, bodies);
  search.boxes.push_back(std::move(box));
  keep_latest(search);
}

Truth judge(const Box& box, SeqNum seq, const store::Entry& entry, store::Reader& reader) {
  imap::Findings findings = box.hits->findings(seq.value - 1);
  const auto ask = [&](const imap::Findings& known) {
    return matches(box.question.criterion, {seq, entry, false, &known});
  };
  Truth truth = ask(findings);
  if (truth == Truth::unknown) {
    imap::ask_kept_fields(box.question, reader, entry.body, findings);
    box.hits->ask_kept_texts(reader, entry.body, seq.value - 1, findings);
    truth = ask(findings);
  }
  if (truth != Truth::unknown) return truth;
  imap::TextScan scan(box.question, entry.body, std::move(findings));
  while (truth == Truth::unknown && !scan.finished()) {
    scan.step(reader);
    truth = ask(scan.findings());
  }
  return truth;
}

Hit hit_of(const Box& box, const store::Entry& entry, store::Reader& reader) {
  Hit hit{box.info, entry, "", ""};
  std::string header;
  reader.read_body(entry.body, 0, header_octets, header);
  wire::mime::HeaderFields fields(header);
  while (const auto field = fields.next()) {
    std::string name(field->name);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (name == "subject" && hit.subject.empty())
      hit.subject = wire::mime::decode_header(field->raw);
    if (name == "from" && hit.from.empty()) hit.from = wire::mime::decode_header(field->raw);
  }
  return hit;
}

void go_on(Search& search, store::Reader& reader, const imap::Turn& turn) {
  for (const auto& box : search.boxes) {
    while (box->hits && !box->hits->finished()) {
      box->hits->step(reader);
      if (turn.over()) return;
    }
  }
  while (!search.finished() && !turn.over()) {
    const Candidate& candidate = search.candidates[search.at++];
    const Box& box = *search.boxes[candidate.box];
    const store::Entry& entry = box.view->at(candidate.seq);
    try {
      if (search.by_words && judge(box, candidate.seq, entry, reader) != Truth::yes) continue;
      search.found.hits.push_back(hit_of(box, entry, reader));
    } catch (const store::StoreFailure& failure) {
      // One damaged message is no reason to find none.
      if (failure.kind() != store::FailureKind::corrupt) throw;
    }
  }
}

}  // namespace

asio::awaitable<store::Outcome<Hits>> search_messages(std::shared_ptr<store::Account> account,
                                                      std::string words, std::size_t most) {
  wire::imap::SearchKey key;
  const auto search = std::make_shared<Search>();
  search->by_words = !words.empty();
  search->most = most;
  if (search->by_words) key.kind = wire::imap::SearchKey::Kind::text;
  key.value = std::move(words);
  const SteadyTime end = std::chrono::steady_clock::now() + patience;
  const auto tree = account->tree();
  for (const store::MailboxInfo& info : tree->mailboxes) {
    const auto opened = co_await access::open_mailbox(account, info.id);
    if (!opened) co_return std::unexpected(opened.error());
    if (!*opened) continue;
    if (std::chrono::steady_clock::now() >= end) {
      search->cut = true;
      break;
    }
    auto lining_up = [search, info, view = (*opened)->latest(), key] {
      add_box(*search, info, view, key);
      return true;
    };
    const auto added = co_await access::compute(account, std::move(lining_up));
    if (!added) co_return std::unexpected(added.error());
  }
  auto sorting = [search] {
    std::ranges::stable_sort(search->candidates, std::ranges::greater(), &Candidate::date);
    return true;
  };
  const auto sorted = co_await access::compute(account, std::move(sorting));
  if (!sorted) co_return std::unexpected(sorted.error());
  const std::stop_token closing = account->closing();
  while (!search->finished() && std::chrono::steady_clock::now() < end) {
    auto work = [search, closing](store::Reader& reader) {
      go_on(*search, reader, imap::Turn(closing));
    };
    const auto outcome = co_await access::read(account, std::move(work));
    if (!outcome) co_return std::unexpected(outcome.error());
  }
  if (search->found.hits.size() == most)
    search->found.end = Hits::End::many;
  else if (search->cut || !search->finished())
    search->found.end = Hits::End::late;
  co_return std::move(search->found);
}

}  // namespace postern::daemon::page
