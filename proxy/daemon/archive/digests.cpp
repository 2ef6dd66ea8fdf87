#include "proxy/daemon/archive/digests.h"

#include <algorithm>

#include "sync/wire/mbox/marks.h"

namespace postern::daemon::archive {

using wire::mbox::header_end;
using wire::mbox::longest_header;
using wire::mbox::without_marks;

Digests::Digests() {
  SHA256_Init(&content_hash_);
  SHA256_Init(&identity_hash_);
}

void Digests::feed(std::string_view octets) {
  SHA256_Update(&content_hash_, octets.data(), octets.size());
  if (!in_header_) {
    SHA256_Update(&identity_hash_, octets.data(), octets.size());
    return;
  }
  header_ += octets;
  if (header_.size() >= longest_header || header_end(header_) != std::string_view::npos)
    end_header();
}

void Digests::end_header() {
  in_header_ = false;
  // The same whatever pieces came.
  const std::string_view header = std::string_view(header_).substr(0, longest_header);
  const bool whole =
      header_end(header) != std::string_view::npos || header_.size() < longest_header;
  const std::string kept = whole ? without_marks(header) : std::string(header);
  SHA256_Update(&identity_hash_, kept.data(), kept.size());
  SHA256_Update(&identity_hash_, header_.data() + header.size(), header_.size() - header.size());
  header_.clear();
}

void Digests::finish() {
  if (in_header_) end_header();
  SHA256_Final(content_.data(), &content_hash_);
  SHA256_Final(identity_.data(), &identity_hash_);
}

}  // namespace postern::daemon::archive
