#include "sync/wire/mime/structure.h"

#include <limits>

#include "sync/wire/mime/stored_form.h"

namespace postern::wire::mime {
namespace {

// The stored form: a version octet, the number of parts, then each part in preorder. Offsets are
// relative to the part's own start. Children follow from the parents.
constexpr char version = 1;
constexpr std::string_view broken = "stored MIME structure is damaged";

Part read_part(StoredReader& in, std::uint64_t index) {
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
  StoredReader in(stored.substr(1));
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
