#include "sync/wire/mime/body_structure.h"

#include "sync/wire/ascii.h"

namespace postern::wire::mime {
namespace {

/// A multipart must have a part (RFC 9051 section 9, `body-type-mpart`): this one stands in.
constexpr auto no_part = R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0)";
constexpr auto no_extension = " NIL NIL NIL NIL";

class Writer {
 public:
  Writer(const Structure& structure, const std::vector<PartText>& texts, Form form)
      : parts_(structure.parts), texts_(texts), form_(form) {}

  std::string write() {
    begin(0);
    while (!open_.empty()) {
      const auto [index, next] = open_.back();
      if (next < parts_[index].children.size()) {
        ++open_.back().next_child;
        begin(parts_[index].children[next]);
      } else {
        open_.pop_back();
        end(index);
      }
    }
    return std::move(out_);
  }

 private:
  struct Open {
    std::uint32_t index;
    std::size_t next_child;
  };

  void begin(std::uint32_t index) {
    const Part& part = parts_[index];
    out_ += '(';
    open_.push_back({index, 0});
    if (part.kind == PartKind::multipart) return;
    out_ += texts_[index].basic;
    out_ += ' ';
    out_ += std::to_string(part.body_end - part.body_begin);
    if (part.kind == PartKind::message) {
      out_ += ' ';
      out_ += texts_[part.children.front()].envelope;
      out_ += ' ';
    }
  }

  void end(std::uint32_t index) {
    const Part& part = parts_[index];
    if (part.kind == PartKind::multipart) {
      if (part.children.empty()) {
        out_ += no_part;
        if (form_ == Form::body_structure) out_ += no_extension;
        out_ += ')';
      }
      out_ += ' ';
      out_ += texts_[index].basic;
    } else if (part.kind == PartKind::message || equal_ignoring_case(part.type, "text")) {
      out_ += ' ';
      out_ += std::to_string(part.body_lines);
    }
    if (form_ == Form::body_structure) out_ += texts_[index].extension;
    out_ += ')';
  }

  const std::vector<Part>& parts_;
  const std::vector<PartText>& texts_;
  Form form_;
  std::string out_;
  std::vector<Open> open_;
};

}  // namespace

std::string write_body_structure(const Structure& structure, const std::vector<PartText>& texts,
                                 Form form) {
  return Writer(structure, texts, form).write();
}

}  // namespace postern::wire::mime
