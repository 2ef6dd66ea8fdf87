#include "sync/wire/mime/likely_charset.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include <fmt/format.h>

#include "sync/wire/mime/text.h"

namespace postern::wire::mime {
namespace {

struct Row {
  const char* text;
  std::string octets;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {"Привет, как дела? Встреча завтра",
       "\317\360\350\342\345\362, \352\340\352 \344\345\353\340\077 \302\361\362\360\345\367\340 "
       "\347\340\342\362\360\340"},
      {"Привет, как дела? Встреча завтра",
       "\360\322\311\327\305\324, \313\301\313 \304\305\314\301\077 \367\323\324\322\305\336\301 "
       "\332\301\327\324\322\301"},
      {"Привет", "\360\322\311\327\305\324"},
      {"Grüße aus Köln, wir freuen uns schon auf nächste Woche und müssen noch über alles reden.",
       "Gr\374\337e aus K\366ln, wir freuen uns schon auf n\344chste Woche und m\374ssen noch "
       "\374ber alles reden."},
      {"café", "caf\351"},
      {"“Hello” – it’s a “smart” quote", "\223Hello\224 \226 it\222s a \223smart\224 quote"},
      {"Dziękuję bardzo za wiadomość. Proszę o przesłanie faktury za usługi świadczone w "
       "październiku.",
       "Dzi\352kuj\352 bardzo za wiadomo\234\346. Prosz\352 o przes\263anie faktury za us\263ugi "
       "\234wiadczone w pa\237dzierniku."},
      {"您好，附件是您要的发票，请查收，谢谢。",
       "\304\372\272\303\243\254\270\275\274\376\312\307\304\372\322\252\265\304\267\242\306\261"
       "\243\254\307\353\262\351\312\325\243\254\320\273\320\273\241\243"},
      {"您好，附件是您要的發票，請查收，謝謝。",
       "\261z\246n\241A\252\376\245\363\254O\261z\255n\252\272\265o\262\274\241A\275\320\254d\246"
       "\254\241A\301\302\301\302\241C"},
      {"こんにちは、テストメールです。よろしくお願いします。",
       "\202\261\202\361\202\311\202\277\202\315\201A\203e\203X\203g\203\201\201["
       "\203\213\202\305\202\267\201B\202\346\202\353\202\265\202\255\202\250\212\350\202\242\202"
       "\265\202\334\202\267\201B"},
      {"こんにちは、テストメールです。よろしくお願いします。",
       "\244\263\244\363\244\313\244\301\244\317\241\242\245\306\245\271\245\310\245\341\241\274"
       "\245\353\244\307\244\271\241\243\244\350\244\355\244\267\244\257\244\252\264\352\244\244"
       "\244\267\244\336\244\271\241\243"},
      {"안녕하세요, 첨부 파일을 확인해 주세요. 감사합니다.",
       "\276\310\263\347\307\317\274\274\277\344, \303\267\272\316 \306\304\300\317\300\273 "
       "\310\256\300\316\307\330 \301\326\274\274\277\344. "
       "\260\250\273\347\307\325\264\317\264\331."},
      {"Καλημέρα, σας στέλνω το τιμολόγιο που ζητήσατε",
       "\312\341\353\347\354\335\361\341, \363\341\362 \363\364\335\353\355\371 \364\357 "
       "\364\351\354\357\353\374\343\351\357 \360\357\365 \346\347\364\336\363\341\364\345"},
      {"שלום, מצורף הקובץ שביקשת. תודה רבה ולהתראות",
       "\371\354\345\355, \356\366\345\370\363 \344\367\345\341\365 \371\341\351\367\371\372. "
       "\372\345\343\344 \370\341\344 \345\354\344\372\370\340\345\372"},
      {"Merhaba, istediğiniz dosyayı ekte gönderiyorum. Teşekkürler, görüşmek üzere, iyi "
       "çalışmalar",
       "Merhaba, istedi\360iniz dosyay\375 ekte g\366nderiyorum. Te\376ekk\374rler, "
       "g\366r\374\376mek \374zere, iyi \347al\375\376malar"},
      {"日本語", "\033$BF|K\1348l\033(B"},
  };
  return all;
}

TEST(LikelyCharset, OfWordsThatPeopleWrite) {
  for (const auto& [text, octets] : rows()) {
    EXPECT_EQ(to_utf8(octets, ""), text) << likely_charset(octets);
    EXPECT_EQ(to_utf8(octets, "us-ascii"), text);
    EXPECT_EQ(likely_charset(text), "utf-8");
  }
}

/// Lines without such octets, before or behind, change nothing.
TEST(LikelyCharset, OfALetter) {
  const std::string ascii = "Received: by a machine, with English words all over the place\r\n";
  for (const auto& [text, octets] : rows()) {
    std::string letter;
    for (int i = 0; i < 2000; ++i) letter += ascii;
    EXPECT_EQ(likely_charset(fmt::format("{0}{1}\r\n{0}", letter, octets)), likely_charset(octets))
        << text;
  }
}

TEST(LikelyCharset, OfTooLittle) {
  for (const char* octets : {"\xe9", "\xd0\xd2", "\xff", "\xff\xfe\xfd", "a\x80z"}) {
    EXPECT_EQ(likely_charset(octets), "windows-1252");
  }
  EXPECT_EQ(likely_charset(""), "utf-8");
  EXPECT_EQ(likely_charset("plain"), "utf-8");
}

}  // namespace
}  // namespace postern::wire::mime
