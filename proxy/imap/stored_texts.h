#pragma once

#include <cstdint>
#include <string>

#include "proxy/imap/search_match.h"
#include "sync/store/reader.h"

namespace postern::imap {

/// The texts of a stored message, for one search step. Reader thread.
class StoredTexts : public SearchTexts {
 public:
  /// What is looked at of one header and of one text part; what lies beyond is not searched.
  static constexpr std::uint64_t header_limit = 1024 * 1024;
  static constexpr std::uint64_t part_limit = 8 * 1024 * 1024;

  StoredTexts(store::Reader& reader, BodyId body) : reader_(reader), body_(body) {}

  std::string_view header() override;
  bool any_text(const std::function<bool(std::string_view)>& visit) override;
  /// Octets of the message read so far.
  [[nodiscard]] std::uint64_t octets_read() const { return octets_read_; }

 private:
  std::string read(std::uint64_t begin, std::uint64_t end, std::uint64_t limit);

  store::Reader& reader_;
  BodyId body_;
  std::string header_;
  bool header_read_ = false;
  std::uint64_t octets_read_ = 0;
};

}  // namespace postern::imap
