#pragma once

#include <cstdint>
#include <vector>

#include "proxy/imap/forest.h"
#include "sync/wire/imap/sort_program.h"

namespace postern::imap {

/// What is put into threads. Message ids and base subjects are numbers here: equal numbers mean
/// equal texts.
struct ThreadInput {
  struct Message {
    std::uint32_t number = 0;           ///< as it is told
    std::int64_t sent = 0;              ///< seconds since 1970 (RFC 5256 section 2.2)
    std::int64_t arrived = 0;           ///< internal date
    std::uint32_t id = 0;               ///< 0: none
    std::uint32_t subject = 0;          ///< base subject; 0: empty
    bool reply = false;                 ///< a reply or forward, by its subject
    std::uint32_t first_reference = 0;  ///< in `references`, the oldest first
    std::uint32_t references = 0;       ///< how many
  };
  std::vector<Message> messages;  ///< in the order of the mailbox
  std::vector<std::uint32_t> references;
  std::uint32_t ids = 1;       ///< above all message ids
  std::uint32_t subjects = 1;  ///< above all subjects
};

/// RFC 5256 section 3. Costs n log n for n messages and references, whatever they say: where
/// references contradict each other, so that looking for circles would take longer, some are not
/// followed.
[[nodiscard]] Forest threads(wire::imap::ThreadAlgorithm algorithm, const ThreadInput& input);

}  // namespace postern::imap
