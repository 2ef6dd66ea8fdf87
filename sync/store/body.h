#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "sync/base/ids.h"

namespace postern::store {

using BodyHash = std::array<std::uint8_t, 32>;  ///< SHA-256 of the octets

/// What is kept ready to send about a body, computed once when it arrives.
struct BodyDigest {
  BodyHash hash{};
  std::uint64_t octets = 0;
  std::uint64_t header_octets = 0;  ///< up to and with the empty line
  std::string envelope;             ///< "(...)" as in FETCH ENVELOPE
  std::string body;                 ///< "(...)" as in FETCH BODY
  std::string body_structure;       ///< "(...)" as in FETCH BODYSTRUCTURE
  std::string sort_keys;            ///< `wire::mime::SortKeys` in their stored form
  std::string listed_fields;        ///< `wire::mime::listed::fields`
  std::string parts;                ///< `wire::mime::Structure` in its stored form
};

/// A body that is complete and waits to be stored: its digest and its compressed chunks, in memory
/// or, past `IncomingBody::memory_limit`, in an unlinked file. Movable; any one thread at a time.
class NewBody;

/// A body on its way in: takes its octets in order and in any pieces, scans, hashes and compresses
/// them as they come. Memory stays bounded whatever arrives. Any one thread at a time; meant for
/// `Account::compute`.
///
/// Order: feed() any number of times, then finish() once.
class IncomingBody {
 public:
  static constexpr std::size_t memory_limit = 1024 * 1024;

  /// `spool` is a folder on the store's file system for what exceeds the memory limit.
  explicit IncomingBody(std::filesystem::path spool);
  IncomingBody(IncomingBody&&) noexcept;
  IncomingBody& operator=(IncomingBody&&) noexcept;
  ~IncomingBody();

  /// Throws StoreFailure when the spool cannot be written.
  void feed(std::string_view octets);
  [[nodiscard]] std::uint64_t octets() const;
  /// `last`: the octets that are still to come; what comes whole is copied less than what was fed.
  [[nodiscard]] NewBody finish(std::string_view last = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class NewBody {
 public:
  NewBody(NewBody&&) noexcept;
  NewBody& operator=(NewBody&&) noexcept;
  ~NewBody();
  [[nodiscard]] const BodyDigest& digest() const;
  /// Octets that it occupies in memory, about; the same for its whole life.
  [[nodiscard]] std::uint64_t memory() const;

 private:
  friend class IncomingBody;
  friend class BodyTable;
  struct State;
  explicit NewBody(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace postern::store
