#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct z_stream_s;

namespace postern::net {

/// DEFLATE (RFC 1951) in both directions of a connection, without a header, as RFC 4978 section 3
/// has it. Knows no socket. What it compresses is complete after each call. Between two calls it
/// may rest(): then it holds nothing but what the next octets may refer to, 4 KiB of ours and at
/// most 32 of the other side's, of which programs rarely say as much. Network thread.
class DeflateLayer {
 public:
  DeflateLayer();
  DeflateLayer(const DeflateLayer&) = delete;
  ~DeflateLayer();

  /// The octets, compressed, and flushed so that the other side can read them all (Z_SYNC_FLUSH).
  [[nodiscard]] std::string compress(std::string_view octets);

  /// What came, to be taken by expand(); only when that says that more is needed.
  void feed(std::string_view compressed);
  enum class Outcome { octets, more_needed, end, broken };
  struct Step {
    Outcome outcome = Outcome::more_needed;
    std::size_t octets = 0;  ///< of `octets`, at least one
  };
  /// The next octets, as many as there is room for: however much a few octets swell up to, it is
  /// only read on as far as somebody wants it. `end`: the other side compresses nothing more.
  [[nodiscard]] Step expand(std::span<char> into);

  /// Nobody says anything at the moment. Changes nothing of what is said.
  void rest();
  /// The same for our side alone.
  void rest_compressor();
  /// Octets held at the moment, of the library's own and ours.
  [[nodiscard]] std::size_t octets_held() const;

 private:
  struct Memory;  ///< counts what the library takes
  struct EndDeflate {
    void operator()(z_stream_s* stream) const;
  };
  struct EndInflate {
    void operator()(z_stream_s* stream) const;
  };
  void wake_compressor();
  void wake_expander();

  std::unique_ptr<Memory> memory_;
  std::unique_ptr<z_stream_s, EndDeflate> compressor_;  ///< none while it rests
  std::unique_ptr<z_stream_s, EndInflate> expander_;
  std::string said_;      ///< while the compressor rests: what its next octets may refer to
  std::string heard_;     ///< the same of the expander
  std::string received_;  ///< compressed, not expanded yet from used_ on
  std::size_t used_ = 0;
  bool more_inside_ = false;  ///< the last octets filled all the room
  bool ended_ = false;        ///< the other side compresses nothing more
};

}  // namespace postern::net
