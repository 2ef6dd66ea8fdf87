#include <algorithm>
#include <utility>

#include <openssl/sha.h>

#include "sync/store/body.h"
#include "sync/store/chunk_codec.h"
#include "sync/store/listed_fields_table.h"
#include "sync/store/new_body.h"
#include "sync/store/schema.h"
#include "sync/store/sort_key_table.h"
#include "sync/wire/mime/listed_fields.h"
#include "sync/wire/mime/scanner.h"
#include "sync/wire/mime/sort_keys.h"

namespace postern::store {

namespace {

/// Up to here a message is one chunk: to read its header alone would save nothing.
constexpr std::size_t undivided_octets = 8UL * 1024;

/// Finds the end of the header: the first line that holds nothing, ended by LF or CRLF.
class HeaderEnd {
 public:
  /// How many of `octets` belong to the header; all of them while its end is not in sight.
  std::size_t feed(std::string_view octets) {
    std::size_t at = 0;
    while (at < octets.size() && !found_) {
      const char octet = octets[at++];
      if (octet == '\n') {
        found_ = state_ != State::in_line;
        state_ = State::line_start;
      } else if (octet == '\r' && state_ == State::line_start) {
        state_ = State::cr_at_start;
      } else {
        state_ = State::in_line;
        // Nothing can end within a line: on to its end.
        at = std::min(octets.find('\n', at), octets.size());
      }
    }
    return at;
  }
  [[nodiscard]] bool found() const { return found_; }

 private:
  enum class State { line_start, cr_at_start, in_line };
  State state_ = State::line_start;
  bool found_ = false;
};

/// Cuts octets into chunks and compresses them as they are complete.
class Chunker {
 public:
  explicit Chunker(std::filesystem::path spool) : spool_(std::move(spool)) {}

  void feed(std::string_view octets) {
    while (!octets.empty()) {
      if (raw_.empty() && octets.size() >= chunk_octets) {
        put(octets.substr(0, chunk_octets));
        octets.remove_prefix(chunk_octets);
        continue;
      }
      const std::size_t taken =
          std::min<std::size_t>(octets.size(), std::size_t{chunk_octets} - raw_.size());
      raw_.append(octets.substr(0, taken));
      octets.remove_prefix(taken);
      if (raw_.size() == chunk_octets) end_chunk();
    }
  }

  void end_chunk() {
    if (raw_.empty()) return;
    put(raw_);
    raw_.clear();
  }

  /// What nothing follows needs no place to wait for it.
  void feed_last(std::string_view octets) {
    if (!raw_.empty()) return feed(octets);
    for (; octets.size() > chunk_octets; octets.remove_prefix(chunk_octets))
      put(octets.substr(0, chunk_octets));
    if (!octets.empty()) put(octets);
  }

  ChunkList finish() {
    end_chunk();
    return std::move(chunks_);
  }

 private:
  void put(std::string_view raw) {
    const std::size_t size = compress_chunk(raw, chunks_.in_memory);
    chunks_.sizes.push_back(static_cast<std::uint32_t>(size));
    if (!chunks_.spool && chunks_.in_memory.size() + chunk_octets > IncomingBody::memory_limit)
      chunks_.spool = std::make_unique<SpoolFile>(spool_);
    if (chunks_.spool) {
      chunks_.spool->append(chunks_.in_memory);
      chunks_.in_memory.clear();
    }
  }

  std::filesystem::path spool_;
  std::string raw_;  ///< the chunk that is not complete
  ChunkList chunks_;
};

}  // namespace

struct IncomingBody::State {
  explicit State(std::filesystem::path spool) : chunker(std::move(spool)) { SHA256_Init(&sha); }

  enum class Follows : std::uint8_t { more, nothing };
  void feed(std::string_view octets, Follows follows);

  wire::mime::Scanner scanner;
  SHA256_CTX sha{};
  HeaderEnd header_end;
  Chunker chunker;
  std::uint64_t octets = 0;
  std::uint64_t head_octets = 0;
  std::string header;  ///< as much of it as has sort keys
};

static_assert(listed_header_octets <= sort_header_octets);

IncomingBody::IncomingBody(std::filesystem::path spool)
    : state_(std::make_unique<State>(std::move(spool))) {}
IncomingBody::IncomingBody(IncomingBody&&) noexcept = default;
IncomingBody& IncomingBody::operator=(IncomingBody&&) noexcept = default;
IncomingBody::~IncomingBody() = default;

void IncomingBody::State::feed(std::string_view piece, Follows follows) {
  const bool whole = octets == 0 && follows == Follows::nothing;
  octets += piece.size();
  scanner.feed(piece);
  SHA256_Update(&sha, piece.data(), piece.size());
  if (!header_end.found()) {
    const std::size_t head = header_end.feed(piece);
    header.append(piece.substr(0, std::min(head, sort_header_octets - header.size())));
    if (whole && piece.size() <= undivided_octets) {
      head_octets = piece.size();
    } else {
      head_octets += head;
      chunker.feed(piece.substr(0, head));
      piece.remove_prefix(head);
      if (header_end.found()) chunker.end_chunk();
    }
  }
  follows == Follows::nothing ? chunker.feed_last(piece) : chunker.feed(piece);
}

void IncomingBody::feed(std::string_view octets) {
  state_->feed(octets, State::Follows::more);
}

std::uint64_t IncomingBody::octets() const {
  return state_->octets;
}

NewBody IncomingBody::finish(std::string_view last) {
  State& state = *state_;
  state.feed(last, State::Follows::nothing);
  auto body = std::make_unique<NewBody::State>();
  body->chunks = state.chunker.finish();
  body->head_octets = state.head_octets;
  wire::mime::Scanned scanned = state.scanner.finish();
  BodyDigest& digest = body->digest;
  SHA256_Final(digest.hash.data(), &state.sha);
  digest.octets = state.octets;
  digest.header_octets = scanned.header_octets;
  digest.envelope = std::move(scanned.envelope);
  digest.body = std::move(scanned.body);
  digest.body_structure = std::move(scanned.body_structure);
  digest.parts = scanned.structure.encode();
  digest.listed_fields =
      wire::mime::listed::fields(std::string_view(state.header).substr(0, scanned.header_octets));
  digest.sort_keys = wire::mime::sort_keys(state.header).encode();
  return NewBody(std::move(body));
}

NewBody::NewBody(std::unique_ptr<State> state) : state_(std::move(state)) {}
NewBody::NewBody(NewBody&&) noexcept = default;
NewBody& NewBody::operator=(NewBody&&) noexcept = default;
NewBody::~NewBody() = default;

const BodyDigest& NewBody::digest() const {
  return state_->digest;
}

std::uint64_t NewBody::memory() const {
  const BodyDigest& digest = state_->digest;
  std::uint64_t octets = sizeof(State) + state_->chunks.in_memory.capacity();
  for (const std::string* const text : {&digest.envelope, &digest.body, &digest.body_structure,
                                        &digest.sort_keys, &digest.listed_fields, &digest.parts})
    octets += text->capacity();
  return octets;
}

}  // namespace postern::store
