#include <utility>

#include "sync/wire/imap/command_rules.h"
#include "sync/wire/imap/message_url.h"

namespace postern::wire::imap::grammar {
namespace {

using command::AppendPiece;
using command::NewMessage;
using Form = NewMessage::Form;

/// RFC 3501 section 9, `append`, with what RFC 6855 and RFC 4469 put in the place of the literal.
NewMessage message_start(Cursor& in) {
  NewMessage result;
  if (in.peek() == '(') {
    result.flags = flag_list(in);
    sp(in);
  }
  if (in.peek() == '"') {
    result.date = date_time(in);
    sp(in);
  }
  if (in.accept_word("UTF8")) {
    result.form = Form::utf8;
  } else if (in.accept_word("CATENATE")) {
    result.form = Form::catenate;
  }
  if (result.form != Form::plain) {
    sp(in);
    in.expect('(');
  }
  if (result.form == Form::catenate) return result;
  if (const auto octets = in.stream()) {
    result.octets = *octets;
  } else {
    in.fail("The message must come as a literal");
  }
  return result;
}

/// RFC 4469 section 5, `cat-part *(SP cat-part) ")"`, and RFC 6855 section 4.
void parts(Cursor& in, AppendPiece& piece) {
  do {
    if (in.accept_word("UTF8")) {
      sp(in);
      in.expect('(');
      if (!in.stream()) in.fail("A text must come as a literal");
      piece.stream = AppendPiece::Stream::utf8_text;
      return;
    }
    const bool text = in.accept_word("TEXT");
    if (!text && !in.accept_word("URL")) in.fail("A part is TEXT or URL");
    sp(in);
    if (in.stream()) {
      piece.stream = text ? AppendPiece::Stream::text : AppendPiece::Stream::url;
      return;
    }
    if (text) in.fail("A text must come as a literal");
    std::string url = astring(in);
    if (url.size() > MessageUrl::longest) in.fail("A URL is too long");
    piece.steps.emplace_back(AppendPiece::Url{std::move(url)});
  } while (in.accept(' '));
  in.expect(')');
  piece.steps.emplace_back(AppendPiece::End{});
}

/// The rest of the message that begins, and those behind it.
void from_start(Cursor& in, Form form, AppendPiece& piece) {
  while (true) {
    if (form != Form::catenate) {
      piece.stream = AppendPiece::Stream::message;
      return;
    }
    parts(in, piece);
    if (in.failed() || piece.stream != AppendPiece::Stream::none || !in.accept(' ')) return;
    NewMessage next = message_start(in);
    form = next.form;
    piece.steps.emplace_back(std::move(next));
  }
}

/// A literal that nothing asked for follows what was complete.
void refuse_stray_stream(Cursor& in, const AppendPiece& piece) {
  if (in.stream() && piece.stream == AppendPiece::Stream::none) in.fail("A space is missing");
}

}  // namespace

void new_messages(Cursor& in, command::Append& result) {
  static_cast<NewMessage&>(result) = message_start(in);
  from_start(in, result.form, result.piece);
  refuse_stray_stream(in, result.piece);
}

AppendPiece more_messages(Cursor& in, Form form, AppendPiece::Stream stream) {
  AppendPiece piece;
  if (stream == AppendPiece::Stream::utf8_text) in.expect(')');
  if (form == Form::catenate && in.accept(' ')) {
    parts(in, piece);
    if (piece.stream != AppendPiece::Stream::none) return piece;
  } else if (form != Form::plain) {
    in.expect(')');
    if (form == Form::catenate) piece.steps.emplace_back(AppendPiece::End{});
  }
  if (in.failed()) return piece;
  if (in.at_end()) {
    refuse_stray_stream(in, piece);
    return piece;
  }
  sp(in);
  NewMessage next = message_start(in);
  const Form begun = next.form;
  piece.steps.emplace_back(std::move(next));
  from_start(in, begun, piece);
  refuse_stray_stream(in, piece);
  return piece;
}

}  // namespace postern::wire::imap::grammar
