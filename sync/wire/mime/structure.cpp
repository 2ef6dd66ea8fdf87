#include "sync/wire/mime/structure.h"

#include <limits>

namespace postern::wire::mime {
namespace {

// The stored form: a version octet, the number of parts, then each part in preorder. Numbers are
// LEB128, offsets relative to the part before or to the part's own start, texts have their length
// in front. Children follow from the parents.
constexpr char version = 1;
constexpr std::string_view broken = "stored MIME structure is damaged";

void put(std::string& out, std::uint64_t number) {
  while (number >= 0x80) {
    out += static_cast<char>((number & 0x7f) | 0x80);
    number >>= 7;
  }
  out += static_cast<char>(number);
}

void put(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint64_t>(text.size()));
  out += text;
}

/// Reads what put() wrote; after the first error all else reads as 0 and `good()` is false.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::uint64_t number(std::uint64_t maximum = std::numeric_limits<std::uint64_t>::max()) {
    std::uint64_t result = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return fail();
      const auto octet = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && octet > 1) return fail();
      result |= static_cast<std::uint64_t>(octet & 0x7f) << shift;
      if ((octet & 0x80) != 0) continue;
      const bool shortest = octet != 0 || shift == 0;
      return shortest && result <= maximum ? result : fail();
    }
    return fail();
  }

  std::string text() {
    const auto size = static_cast<std::size_t>(number(rest_.size()));
    if (size > rest_.size()) {
      fail();
      return {};
    }
    std::string result(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return result;
  }

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  std::uint64_t fail() {
    good_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool good_ = true;
};

Part read_part(Reader& in, std::uint64_t index) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max() / 4;
  Part part;
  part.kind = static_cast<PartKind>(in.number(2));
  part.parent = static_cast<std::uint32_t>(in.number(index == 0 ? 0 : index - 1));
  part.header_begin = in.number(most);
  part.body_begin = part.header_begin + in.number(most);
  part.body_end = part.body_begin + in.number(most);
  part.body_lines = in.number(part.body_end - part.body_begin);
  part.type = in.text();
  part.subtype = in.text();
  part.charset = in.text();
  part.encoding = in.text();
  return part;
}

/// What every scanned structure fulfils: a message has one root, a leaf nothing, and what is in a
/// part lies in its body.
bool consistent(const std::vector<Part>& parts) {
  for (const Part& part : parts) {
    if (part.kind == PartKind::leaf && !part.children.empty()) return false;
    if (part.kind == PartKind::message && part.children.size() != 1) return false;
    for (const std::uint32_t child : part.children) {
      const Part& inner = parts[child];
      if (inner.header_begin < part.body_begin || inner.body_end > part.body_end) return false;
    }
  }
  return true;
}

}  // namespace

std::string Structure::encode() const {
  std::string out(1, version);
  put(out, static_cast<std::uint64_t>(parts.size()));
  for (const Part& part : parts) {
    put(out, static_cast<std::uint64_t>(part.kind));
    put(out, static_cast<std::uint64_t>(part.parent));
    put(out, part.header_begin);
    put(out, part.body_begin - part.header_begin);
    put(out, part.body_end - part.body_begin);
    put(out, part.body_lines);
    put(out, part.type);
    put(out, part.subtype);
    put(out, part.charset);
    put(out, part.encoding);
  }
  return out;
}

std::expected<Structure, std::string> Structure::decode(std::string_view stored) {
  if (stored.empty() || stored.front() != version) return std::unexpected(std::string(broken));
  Reader in(stored.substr(1));
  const std::uint64_t count = in.number(in.left());
  Structure result;
  for (std::uint64_t index = 0; index < count && in.good(); ++index) {
    result.parts.push_back(read_part(in, index));
    if (index == 0) continue;
    result.parts[result.parts.back().parent].children.push_back(static_cast<std::uint32_t>(index));
  }
  const bool whole = in.good() && in.left() == 0 && count > 0;
  if (!whole || !consistent(result.parts)) return std::unexpected(std::string(broken));
  return result;
}

}  // namespace postern::wire::mime
