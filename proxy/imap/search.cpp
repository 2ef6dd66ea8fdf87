#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "proxy/imap/search_match.h"
#include "proxy/imap/session.h"
#include "proxy/imap/stored_texts.h"
#include "sync/base/log.h"
#include "sync/store/failure.h"
#include "sync/wire/utf8.h"

namespace postern::imap {
namespace {

/// One step on a reader thread, so that others get their turn between two.
constexpr std::size_t step_messages = 500;
constexpr std::uint64_t step_octets = 4 * 1024 * 1024;

/// A search under way; one step at a time works on it.
struct Search {
  store::SnapshotPtr view;
  UidSet recents;
  Criterion criterion;
  std::vector<SeqNum> open;  ///< what the view alone does not answer
  std::size_t at = 0;        ///< in `open`
  std::vector<SeqNum> found;

  [[nodiscard]] Truth ask(SeqNum seq, SearchTexts* texts) const {
    const store::Entry& entry = view->at(seq);
    return matches(criterion, {seq, entry, recents.contains(entry.uid), texts});
  }
};

bool valid_texts(const wire::imap::SearchKey& key) {
  if (!wire::valid_utf8(key.value)) return false;
  for (const auto& child : key.children) {
    if (!valid_texts(child)) return false;
  }
  return true;
}

void ask_view(Search& search) {
  search.view->for_each([&](SeqNum seq, const store::Entry& entry) {
    const Truth truth =
        matches(search.criterion, {seq, entry, search.recents.contains(entry.uid), nullptr});
    if (truth == Truth::yes) search.found.push_back(seq);
    if (truth == Truth::unknown) search.open.push_back(seq);
  });
}

void ask_texts(Search& search, store::Reader& reader) {
  std::uint64_t octets = 0;
  for (std::size_t count = 0;
       count < step_messages && octets < step_octets && search.at < search.open.size(); ++count) {
    const SeqNum seq = search.open[search.at++];
    StoredTexts texts(reader, search.view->at(seq).body);
    try {
      if (search.ask(seq, &texts) == Truth::yes) search.found.push_back(seq);
    } catch (const store::StoreFailure& failure) {
      if (failure.kind() != store::FailureKind::corrupt) throw;
      log::error("imap", "a message cannot be searched: {}", failure.what());
    }
    octets += texts.octets_read();
  }
}

}  // namespace

asio::awaitable<Answer> Session::run(const wire::imap::command::Search& command) {
  const bool known = command.charset.empty() || command.charset == "US-ASCII" ||
                     command.charset == "ASCII" || command.charset == "UTF-8";
  if (!known)
    co_return Answer::no("BADCHARSET (US-ASCII UTF-8)", "Search texts are taken in UTF-8");
  if (!valid_texts(command.key))
    co_return Answer::bad("A search text is not valid UTF-8", "BADCHARSET (US-ASCII UTF-8)");
  auto search = std::make_shared<Search>();
  search->view = view_->snapshot_ptr();
  search->recents = view_->recents();
  search->criterion = prepare(command.key, *search->view);
  auto first = [search] { ask_view(*search); };
  const auto asked = co_await access::compute(account(), std::move(first));
  if (!asked) co_return failed(asked.error());
  while (search->at < search->open.size()) {
    access::Ahead<store::Outcome<void>> step(executor_);
    account()->read([search](store::Reader& reader) { ask_texts(*search, reader); }, step.done());
    const auto outcome = co_await step.get();
    if (!outcome) co_return failed(outcome.error());
  }
  std::ranges::sort(search->found);
  out_ += "* SEARCH";
  for (const SeqNum seq : search->found) {
    const std::uint32_t number =
        command.numbers == Numbers::uid ? search->view->at(seq).uid.value : seq.value;
    fmt::format_to(std::back_inserter(out_), " {}", number);
    co_await flush_if_large();
  }
  out_ += "\r\n";
  co_return Answer::ok("SEARCH completed");
}

}  // namespace postern::imap
