#include "sync/wire/smtp/data_decoder.h"

namespace postern::wire::smtp {

/// Up to the next CR, which may be the beginning of a line's end.
void DataDecoder::text(std::string_view& input, std::string& out) {
  const std::size_t end = input.find('\r');
  out.append(input.substr(0, end));
  if (end == std::string_view::npos) {
    input = {};
    return;
  }
  input.remove_prefix(end + 1);
  state_ = State::carriage_return;
}

DataDecoder::Status DataDecoder::feed(std::string_view& input, std::string& out) {
  while (!input.empty()) {
    const char next = input.front();
    switch (state_) {
      case State::line_start:
        if (next == '.') input.remove_prefix(1);
        state_ = next == '.' ? State::dot : State::text;
        break;
      case State::text: text(input, out); break;
      case State::carriage_return:
        out += '\r';
        state_ = State::text;
        if (next == '\n') {
          out += '\n';
          input.remove_prefix(1);
          state_ = State::line_start;
        }
        break;
      case State::dot:
        if (next == '\r') input.remove_prefix(1);
        state_ = next == '\r' ? State::dot_return : State::text;
        break;
      case State::dot_return:
        if (next == '\n') {
          input.remove_prefix(1);
          state_ = State::line_start;
          return Status::end;
        }
        // A dot and a CR that ends nothing: the dot was one too many all the same.
        out += '\r';
        state_ = State::text;
        break;
    }
  }
  return Status::more;
}

}  // namespace postern::wire::smtp
