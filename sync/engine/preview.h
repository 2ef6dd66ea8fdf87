#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "config/config.h"
#include "sync/base/clock.h"
#include "sync/engine/plan.h"
#include "sync/engine/vanished.h"
#include "sync/store/source_record.h"
#include "sync/wire/pop3/listing.h"

namespace postern::engine {

/// What a poll would do with one message, and why: for people.
struct PreviewItem {
  enum class Action : std::uint8_t {
    fetch,
    placeholder,   ///< beyond the limit: stays there, and a note about it comes here
    delete_there,  ///< once it is certain to be here
    trash_here,
  };
  Action action = Action::fetch;
  std::uint32_t number = 0;  ///< in the server's listing; 0: it is not in there
  std::uint64_t octets = 0;
  std::string uidl;  ///< as the server sent it; empty: it has none of its own
  std::string why;
};

/// What a poll would do.
struct Preview {
  std::uint64_t listed = 0;
  std::vector<PreviewItem> items;
  std::size_t failing = 0;      ///< messages that failed before and are not tried yet
  std::size_t postponed = 0;    ///< deletions there that have to wait
  std::size_t waiting = 0;      ///< messages that are gone upstream, and not for long enough
  std::size_t unconfirmed = 0;  ///< messages that wait for `postern sync --confirm-removals`
  std::string note;             ///< what else there is to say, in words
};

/// Pure. `vanished` is judged as if everything had been fetched.
[[nodiscard]] Preview preview_of(const Plan& plan, const Vanished& vanished,
                                 const wire::pop3::Listing& listing,
                                 const std::vector<store::Origin>& known,
                                 const config::Source& source);

}  // namespace postern::engine
