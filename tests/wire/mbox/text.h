#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sync/wire/mbox/reader.h"

namespace postern::wire::mbox {

/// An mbox in memory.
class Text final : public Octets {
 public:
  explicit Text(std::string text) : text_(std::move(text)) {}
  std::size_t read(std::uint64_t offset, char* out, std::size_t count) override {
    if (offset >= text_.size()) return 0;
    const std::size_t got = std::min<std::size_t>(count, text_.size() - offset);
    std::copy_n(text_.data() + offset, got, out);
    return got;
  }

 private:
  std::string text_;
};

/// The octets of all messages.
inline std::vector<std::string> messages_in(const std::string& file,
                                            std::optional<Variant> variant = std::nullopt) {
  Text text(file);
  Reader reader(text, variant);
  std::vector<std::string> found;
  while (reader.next() != nullptr) {
    std::string octets;
    while (reader.read(octets)) {
    }
    // The same a second time.
    std::string again;
    reader.rewind();
    while (reader.read(again)) {
    }
    found.push_back(octets == again ? octets : "not the same again");
  }
  return found;
}

}  // namespace postern::wire::mbox
