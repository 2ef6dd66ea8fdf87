#include "sync/wire/mime/base_subject.h"

#include <gmock/gmock.h>

#include <ostream>
#include <string>
#include <vector>

namespace postern::wire::mime {

void PrintTo(const BaseSubject& subject, std::ostream* out) {
  const bool original = subject.kind == BaseSubject::Kind::original;
  *out << '"' << subject.text << '"' << (original ? "" : ", a reply or forward");
}

namespace {

constexpr auto original = BaseSubject::Kind::original;
constexpr auto reply = BaseSubject::Kind::reply_or_forward;

struct Row {
  const char* subject;
  const char* base;
  BaseSubject::Kind kind;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    EXPECT_EQ(base_subject(row.subject), (BaseSubject{row.base, row.kind})) << row.subject;
  }
}

/// RFC 5256 section 2.1, one rule after another.
TEST(BaseSubject, StepOneText) {
  check({
      {"", "", original},
      {"lunch", "lunch", original},
      {"=?utf-8?Q?Re:_caf=C3=A9?=", "café", reply},
      {"=?utf-8?B?UmU6?= lunch", "lunch", reply},
      {"one\r\n two\t\t three", "one two three", original},
      {"Caf\xe9", "Café", original},
  });
}

TEST(BaseSubject, StepTwoTrailers) {
  check({
      {"lunch (fwd)", "lunch", reply},
      {"lunch (Fwd) (FWD)  ", "lunch", reply},
      {"lunch(fwd)", "lunch", reply},
      {"(fwd)", "", reply},
      {"lunch (fw)", "lunch (fw)", original},
      {"(fwd) lunch", "(fwd) lunch", original},
      {"lunch  ", "lunch", original},
  });
}

TEST(BaseSubject, StepThreeLeaders) {
  check({
      {"Re: lunch", "lunch", reply},
      {"RE:lunch", "lunch", reply},
      {"re : lunch", "lunch", reply},
      {"Fw: lunch", "lunch", reply},
      {"FWD: lunch", "lunch", reply},
      {"fw d: lunch", "fw d: lunch", original},
      {"Re: Re: Fwd: re: lunch", "lunch", reply},
      {"Re[2]: lunch", "lunch", reply},
      {"Re [two words] : lunch", "lunch", reply},
      {"Re[2][3]: lunch", "Re[2][3]: lunch", original},
      {"[list] Re: lunch", "lunch", reply},
      {"[a] [b]Re: lunch", "lunch", reply},
      {"Re:", "", reply},
      {"Re", "Re", original},
      {"Regards: x", "Regards: x", original},
      {"AW: lunch", "AW: lunch", original},  // the rules know English only
  });
}

TEST(BaseSubject, StepFourBlobs) {
  check({
      {"[list] lunch", "lunch", original},
      {"[a][b] [c]lunch", "lunch", original},
      {"[list]", "[list]", original},
      {"[a] [b] ", "[b]", original},
      {"[a [b] lunch", "[a [b] lunch", original},
      {"[open lunch", "[open lunch", original},
      {"[]", "[]", original},
      {"[]lunch", "lunch", original},
      {"Re: [list] Re: [list] lunch", "lunch", reply},
      {"Re: [list]", "[list]", reply},
      {"lunch [list]", "lunch [list]", original},
  });
}

TEST(BaseSubject, StepSixForwards) {
  check({
      {"[fwd: lunch]", "lunch", reply},
      {"[FWD: Re: lunch (fwd)]", "lunch", reply},
      {"[Fwd: [fwd: lunch]]", "lunch", reply},
      {"Re: [fwd: lunch] (fwd)", "lunch", reply},
      {"[fwd: lunch] today", "today", original},  // a blob
      {"[fwd: lunch", "[fwd: lunch", original},
      {"[fwd:]", "", reply},
      {"[list] [fwd: lunch]", "lunch", reply},
      {"[fwd lunch]", "[fwd lunch]", original},
  });
}

}  // namespace
}  // namespace postern::wire::mime
