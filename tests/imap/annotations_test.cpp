#include "proxy/imap/annotations.h"

#include <gtest/gtest.h>

namespace postern::imap::test {
namespace {

using wire::imap::command::MetadataQuery;
using Depth = MetadataQuery::Depth;

MetadataQuery query(std::vector<std::string> entries, Depth depth = Depth::zero,
                    std::optional<std::uint32_t> max_size = {}) {
  return {depth, max_size, std::move(entries)};
}

std::string answer(MetadataQuery asked) {
  AnnotationAnswer all(std::move(asked));
  all.offer("/private/a", "1");
  all.offer("/private/a/b", "22");
  all.offer("/private/a/b/c", "333");
  all.offer("/private/ab", std::string("4\0", 2));
  all.offer("/shared/a", "");
  all.offer("/private/a", "not the first");
  const std::string longest = std::to_string(all.longest_left_out());
  return all.text() + (longest == "0" ? "" : " " + longest);
}

/// RFC 5464 sections 4.2, 4.2.1 and 4.2.2.
TEST(AnnotationAnswer, HasWhatTheQueryNames) {
  EXPECT_EQ(answer(query({"/private/a"})), "/private/a \"1\"");
  EXPECT_EQ(answer(query({"/Shared/A", "/private/x"})), "/Shared/A \"\" /private/x NIL");
  EXPECT_EQ(answer(query({"/private/ab"})), std::string("/private/ab ~{2}\r\n4\0", 20));
  EXPECT_EQ(answer(query({"/private/a"}, Depth::one)), "/private/a \"1\" /private/a/b \"22\"");
  EXPECT_EQ(answer(query({"/private/a", "/private/a/b"}, Depth::one)),
            "/private/a \"1\" /private/a/b \"22\" /private/a/b/c \"333\"");
  EXPECT_EQ(answer(query({"/PRIVATE/a"}, Depth::infinity)),
            "/private/a \"1\" /private/a/b \"22\" /private/a/b/c \"333\"");
  EXPECT_EQ(answer(query({"/private/x"}, Depth::infinity)), "");
  EXPECT_EQ(answer(query({"/private/a"}, Depth::infinity, 2)),
            "/private/a \"1\" /private/a/b \"22\" 3");
  EXPECT_EQ(answer(query({"/private/a/b/c"}, Depth::zero, 2)), " 3");
}

/// RFC 5464 section 6.2.
TEST(FixedAnnotations, SayWhatIsSo) {
  const store::MailboxInfo sent{.id = MailboxId(1),
                                .name = "Sent",
                                .special_use = store::SpecialUse::sent,
                                .uid_validity = {}};
  ASSERT_EQ(fixed_annotations(sent).size(), 1U);
  EXPECT_EQ(fixed_annotations(sent).front().second, "\\Sent");
  EXPECT_TRUE(fixed_annotations(store::MailboxInfo{}).empty());
  EXPECT_EQ(fixed_annotations(std::nullopt).front().first, "/shared/comment");
  EXPECT_TRUE(is_fixed_annotation("/shared/admin", std::nullopt));
  EXPECT_TRUE(is_fixed_annotation("/private/specialuse", store::MailboxInfo{}));
  EXPECT_FALSE(is_fixed_annotation("/private/specialuse", std::nullopt));
  EXPECT_FALSE(is_fixed_annotation("/shared/comment", sent));
}

}  // namespace
}  // namespace postern::imap::test
