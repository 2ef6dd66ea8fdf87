#include <algorithm>
#include <string_view>

#include "proxy/daemon/archive/export_form.h"
#include "sync/wire/mbox/writer.h"

namespace postern::daemon::archive {

namespace {

using wire::mbox::add_keyword;
using wire::mbox::field_value;
using wire::mbox::header_end;
using wire::mbox::layout_of;
using wire::mbox::longest_header;
using wire::mbox::Marks;
using wire::mbox::Measure;
using wire::mbox::Variant;
using wire::mbox::Writer;

constexpr std::uint64_t piece_octets = 1024UL * 1024;

/// Who sent it, as the server that delivered it wrote (RFC 5321 section 4.4).
std::string sender_of(std::string_view header) {
  std::string sender = field_value(header, "Return-Path");
  if (sender.starts_with('<') && sender.ends_with('>'))
    sender = sender.substr(1, sender.size() - 2);
  return sender;
}

class MboxWriting {
 public:
  MboxWriting(store::AccountFile& account, const store::AccountFile::Mailbox& mailbox,
              Variant variant, OutputFile& file)
      : account_(account), mailbox_(mailbox), variant_(variant), file_(file) {}

  void put(const store::AccountFile::Message& message) {
    std::string beginning;
    account_.read(message.body, 0, longest_header, beginning);
    const std::size_t text = header_end(beginning);
    const std::string_view header = std::string_view(beginning).substr(0, text);
    Measure measure(text);
    each_piece(account_, message, [&measure](std::string_view piece) { measure.feed(piece); });
    measure.finish();
    const InternalDate date = message.date;
    Writer writer(layout_of(variant_, header, measure, marks_of(mailbox_, message), date));
    std::string out;
    writer.begin(sender_of(header), date, out);
    each_piece(account_, message, [&](std::string_view piece) {
      writer.feed(piece, out);
      file_.write(out);
      out.clear();
    });
    writer.finish(out);
    file_.write(out);
  }

 private:
  store::AccountFile& account_;
  const store::AccountFile::Mailbox& mailbox_;
  Variant variant_;
  OutputFile& file_;
};

}  // namespace

void each_piece(store::AccountFile& account, const store::AccountFile::Message& message,
                const std::function<void(std::string_view)>& visit) {
  std::string piece;
  for (std::uint64_t at = 0; at < message.octets; at += piece_octets) {
    piece.clear();
    account.read(message.body, at, piece_octets, piece);
    visit(piece);
  }
}

Marks marks_of(const store::AccountFile::Mailbox& mailbox,
               const store::AccountFile::Message& message) {
  Marks marks;
  marks.flags = message.flags.system;
  for (std::size_t bit = 0; bit < mailbox.keywords.size(); ++bit) {
    if ((message.flags.keywords >> bit & 1U) != 0)
      add_keyword(marks.keywords, mailbox.keywords[bit]);
  }
  return marks;
}

Exported write_mbox(store::AccountFile& account, const store::AccountFile::Mailbox& mailbox,
                    Variant variant, OutputFile& file, const Counted& counted) {
  Exported exported;
  MboxWriting writing(account, mailbox, variant, file);
  const auto messages = account.messages(mailbox.id);
  exported.gone = account.each(mailbox.id, messages, [&](const auto& message) {
    writing.put(message);
    ++exported.written;
    counted(message.octets);
  });
  return exported;
}

}  // namespace postern::daemon::archive
