#pragma once

#include <optional>
#include <span>
#include <vector>

#include "proxy/imap/extended_answer.h"
#include "proxy/imap/sort_order.h"
#include "proxy/imap/threading.h"
#include "sync/store/key_cache.h"
#include "sync/wire/imap/sort_program.h"

namespace postern::imap {

/// What of the messages' keys is needed to sort them; nullopt: nothing.
[[nodiscard]] std::optional<store::KeyCache::Wanted> wanted_keys(
    std::span<const wire::imap::SortCriterion> order);

[[nodiscard]] std::vector<BodyId> bodies_of(const Found& found);

/// What a SORT compares, in the order of `found`; `content` has of all messages what
/// wanted_keys() says, and `found` their relevancy if that is compared.
[[nodiscard]] std::vector<SortColumn> columns(const Found& found,
                                              std::span<const wire::imap::SortCriterion> order,
                                              const store::KeyCache::Content& content);

/// What a THREAD looks at; `content` has the keys of all messages.
[[nodiscard]] ThreadInput thread_input(const Found& found, wire::imap::Numbers numbers,
                                       const store::KeyCache::Content& content);

}  // namespace postern::imap
