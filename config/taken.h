#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/fields.h"

namespace postern::config {

/// The addresses that something listens on: none can be listened on twice.
class Taken {
 public:
  /// A mistake at `key` for each address that cannot be beside an earlier one. Port 0 takes another
  /// free one each time. `holder` is what later mistakes call this one.
  void check(Fields& fields, std::string_view key, const std::vector<std::string>& addresses,
             std::string_view holder);

 private:
  struct Address {
    std::string text;
    std::string holder;
  };
  std::vector<Address> addresses_;
};

}  // namespace postern::config
