#pragma once

#include <string>
#include <string_view>

#include <openssl/sha.h>

#include "sync/store/body.h"

namespace postern::daemon::archive {

/// Both hashes of a message of an archive, computed as its octets come. Order: feed() any number of
/// times, finish(). One thread at a time.
class Digests {
 public:
  Digests();
  void feed(std::string_view octets);
  void finish();

  [[nodiscard]] const store::BodyHash& content() const { return content_; }
  /// Without what mailbox programs keep in the header: the same however the message is flagged.
  [[nodiscard]] const store::BodyHash& identity() const { return identity_; }

 private:
  void end_header();

  SHA256_CTX content_hash_{};
  SHA256_CTX identity_hash_{};
  std::string header_;  ///< as long as its end was not seen
  bool in_header_ = true;
  store::BodyHash content_{};
  store::BodyHash identity_{};
};

}  // namespace postern::daemon::archive
