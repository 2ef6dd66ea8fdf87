#include "config/fields.h"
#include "config/sections.h"
#include "config/taken.h"
#include "config/values.h"

namespace postern::config {

Listen read_listen(Report& report, const Node& node, Taken& taken) {
  Listen listen;
  Fields fields(report, node, "listen",
                {"imap", "imaps", "pop3", "submission", "submissions", "web"});
  const auto read = [&](std::string_view key, std::vector<std::string>& into) {
    fields.read_list(key, into, listen_address);
    taken.check(fields, key, into, key);
  };
  read("imap", listen.imap);
  read("imaps", listen.imaps);
  read("pop3", listen.pop3);
  read("submission", listen.submission);
  read("submissions", listen.submissions);
  read("web", listen.web);
  for (const std::string_view key : {"web"}) {
    if (fields.has(key)) {
      fields.note(key, {"is not served in this release", "nothing will listen there"});
    }
  }
  return listen;
}

}  // namespace postern::config
