#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sync/base/ids.h"
#include "sync/store/reader.h"

namespace postern::daemon::page {

/// A message as the page shows it: texts only, in UTF-8. Nothing in it was made fit for markup.
struct Letter {
  std::string subject;
  std::string from;
  std::string to;
  std::string cc;
  std::string reply_to;
  std::optional<long long> sent;  ///< seconds since 1970
  std::string text;               ///< of its first text part, HTML laid out as text
  bool cut = false;               ///< there is more of the text
  struct Enclosed {
    std::string name;  ///< empty: it has none
    std::string type;  ///< "application/pdf"
    std::uint64_t octets = 0;
  };
  std::vector<Enclosed> enclosed;  ///< what else there is
};

/// Looks at bounded pieces of the message, however long it is. Throws StoreFailure. A reader's
/// thread.
[[nodiscard]] Letter read_letter(store::Reader& reader, BodyId body);

}  // namespace postern::daemon::page
