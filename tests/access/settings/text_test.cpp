#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/access/settings/autoconfig.h"
#include "proxy/access/settings/autodiscover.h"
#include "proxy/access/settings/dns_sd.h"
#include "proxy/access/settings/mail_settings.h"
#include "proxy/access/settings/mobileconfig.h"
#include "proxy/access/settings/plain_text.h"
#include "proxy/access/settings/qr_code.h"
#include "proxy/access/settings/srv.h"
#include "proxy/access/settings/xml.h"

namespace postern::access::settings::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Protocol = Offer::Protocol;
using Reach = Server::Reach;

const Hosts hosts{"attic7.local", "localhost"};

MailSettings usual() {
  return mail_settings({{Protocol::imaps, "0.0.0.0:1993"},
                        {Protocol::imap, "127.0.0.1:1143"},
                        {Protocol::submissions, "0.0.0.0:1465"},
                        {Protocol::web, "0.0.0.0:8143"}},
                       hosts, "anna/phone", "anna@example.net", "Anna");
}

TEST(MailSettings, name_the_best_that_is_listened_on) {
  struct Row {
    const char* name;
    std::vector<Offer> offers;
    std::optional<Server> imap;
  };
  for (const Row& row : {
           Row{"nothing", {}, std::nullopt},
           Row{"another protocol", {{Protocol::pop3, "0.0.0.0:110"}}, std::nullopt},
           Row{"this machine",
               {{Protocol::imap, "127.0.0.1:1143"}},
               Server{"localhost", 1143, Security::starttls, Reach::this_machine}},
           Row{"this machine, IPv6",
               {{Protocol::imaps, "[::1]:1993"}},
               Server{"localhost", 1993, Security::tls, Reach::this_machine}},
           Row{"the network before this machine",
               {{Protocol::imaps, "127.0.0.1:1993"}, {Protocol::imap, "0.0.0.0:1143"}},
               Server{"attic7.local", 1143, Security::starttls, Reach::network}},
           Row{"TLS before STARTTLS",
               {{Protocol::imap, "0.0.0.0:1143"}, {Protocol::imaps, "[::]:1993"}},
               Server{"attic7.local", 1993, Security::tls, Reach::network}},
           Row{"one address",
               {{Protocol::imaps, "192.168.1.7:993"}},
               Server{"192.168.1.7", 993, Security::tls, Reach::network}},
           Row{"one address, IPv6",
               {{Protocol::imaps, "[fd00::7]:993"}},
               Server{"fd00::7", 993, Security::tls, Reach::network}},
       }) {
    EXPECT_EQ(mail_settings(row.offers, hosts, "anna").imap, row.imap) << row.name;
  }
}

TEST(MailSettings, have_a_domain_and_an_address) {
  EXPECT_EQ(usual().domain(), "example.net");
  MailSettings settings = usual();
  settings.mail_address.clear();
  EXPECT_EQ(settings.domain(), "attic7.local");
  EXPECT_EQ(settings.address_or_login(), "anna@attic7.local");
  settings.mail_address = "anna@";
  EXPECT_EQ(settings.domain(), "attic7.local");
}

TEST(MailSettings, prefer_a_name_that_others_can_look_up) {
  EXPECT_EQ(network_name({"pi4.fritz.box", "pi4", "pi4.local", "localhost"}), "pi4.fritz.box");
  EXPECT_EQ(network_name({"pi4", "pi4.local", "localhost"}), "pi4.local");
  EXPECT_EQ(network_name({"localhost"}), "localhost");
}

TEST(Xml, holds_any_text) {
  struct Row {
    const char* name;
    std::string text;
    std::string expected;
  };
  for (const Row& row : {
           Row{"plain", "Anna", "Anna"},
           Row{"markup", "<a href=\"x\">'&'</a>",
               "&lt;a href=&quot;x&quot;&gt;&apos;&amp;&apos;&lt;/a&gt;"},
           Row{"an entity stays text", "&lt;", "&amp;lt;"},
           Row{"the end of CDATA", "]]>", "]]&gt;"},
           Row{"umlauts", "Ä€𝄞", "Ä€𝄞"},
           Row{"line ends", "a\r\nb\tc", "a  b c"},
           Row{"control characters", std::string("a\0b\x1b\x7f", 5),
               "a\xef\xbf\xbd"
               "b\xef\xbf\xbd\xef\xbf\xbd"},
           Row{"no UTF-8", "a\xff", "a\xef\xbf\xbd"},
           Row{"a noncharacter", "\xef\xbf\xbf", "\xef\xbf\xbd"},
       }) {
    EXPECT_EQ(xml_text(row.text), row.expected) << row.name;
  }
}

TEST(Autoconfig, says_where_to_connect) {
  const std::string xml = autoconfig_xml(usual());
  EXPECT_THAT(xml, HasSubstr("<clientConfig version=\"1.1\">"));
  EXPECT_THAT(xml, HasSubstr("<emailProvider id=\"example.net\">"));
  EXPECT_THAT(xml, HasSubstr("      <hostname>attic7.local</hostname>\n"
                             "      <port>1993</port>\n"
                             "      <socketType>SSL</socketType>\n"));
  EXPECT_THAT(xml, HasSubstr("<username>anna/phone</username>"));
  EXPECT_THAT(xml, HasSubstr("<outgoingServer type=\"smtp\">"));
  EXPECT_THAT(xml, Not(HasSubstr("1143")));
}

TEST(Autodiscover, says_where_to_connect) {
  const std::string xml = autodiscover_xml(usual());
  EXPECT_THAT(xml, HasSubstr("<Type>IMAP</Type>\n"
                             "        <Server>attic7.local</Server>\n"
                             "        <Port>1993</Port>\n"));
  EXPECT_THAT(xml, HasSubstr("<Encryption>SSL</Encryption>"));
  EXPECT_THAT(xml, HasSubstr("<DisplayName>Anna</DisplayName>"));
}

TEST(Autodiscover, finds_the_address_that_is_asked_for) {  // F7
  const std::string schema =
      "<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/"
      "responseschema/2006a</AcceptableResponseSchema>";
  const auto asks = [&](const std::string& address) {
    return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<Autodiscover xmlns=\"http://schemas."
           "microsoft.com/exchange/autodiscover/outlook/requestschema/2006\"><Request>"
           "<EMailAddress>" +
           address + "</EMailAddress>" + schema + "</Request></Autodiscover>";
  };
  EXPECT_EQ(asked_address(asks("anna@example.net")), "anna@example.net");
  EXPECT_EQ(asked_address(asks("\r\n  anna/phone@attic.local \t")), "anna/phone@attic.local");
  EXPECT_EQ(asked_address("<EMailAddress>a@b</EMailAddress>"), "a@b");
  const std::string refused[] = {
      "",
      "anna@example.net",
      asks(""),
      asks(" "),
      asks("anna"),
      asks("@example.net"),
      asks("anna@"),
      asks("a@b@c"),
      asks("a&amp;b@example.net"),
      asks("a<b>@example.net"),
      asks("a@b</EMailAddress><EMailAddress>c@d"),
      asks("a\"b@example.net"),
      asks("anna@ex ample.net"),
      asks("\xc3\xa4@example.net"),
      asks(std::string("a\0b@c", 5)),
      asks(std::string(255, 'a') + "@example.net"),
      "</EMailAddress>a@b<EMailAddress>",
      "<EMailAddress>a@b",
      "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" + asks("anna@example.net"),
      asks("<![CDATA[anna@example.net]]>"),
      "<EMailAddress>a@b</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/"
      "exchange/autodiscover/mobilesync/responseschema/2006</AcceptableResponseSchema>",
  };
  for (const std::string& request : refused)
    EXPECT_EQ(asked_address(request), std::nullopt) << request;
}

TEST(Autoconfig, no_name_makes_an_element) {
  MailSettings settings = usual();
  settings.login = "a</username><x>";
  settings.mail_address = "a\"<!--@b\"><y/>";
  settings.person = "]]><z/>";
  for (const std::string& xml : {autoconfig_xml(settings), autodiscover_xml(settings),
                                 std::string(mobileconfig_plist(settings, {}).reveal())}) {
    EXPECT_THAT(xml, Not(HasSubstr("<x>")));
    EXPECT_THAT(xml, Not(HasSubstr("<y/>")));
    EXPECT_THAT(xml, Not(HasSubstr("<z/>")));
    EXPECT_THAT(xml, Not(HasSubstr("<!--")));
  }
}

TEST(Mobileconfig, is_the_same_profile_each_time) {
  const Profile profile{Secret("abcd-efgh"), "DER"};
  const Secret one = mobileconfig_plist(usual(), profile);
  EXPECT_EQ(one, mobileconfig_plist(usual(), profile));
  EXPECT_THAT(std::string(one.reveal()), HasSubstr("<string>abcd-efgh</string>"));
  EXPECT_THAT(std::string(one.reveal()), HasSubstr("<data>REVS</data>"));
  MailSettings other = usual();
  other.login = "anna/tablet";
  EXPECT_NE(one, mobileconfig_plist(other, profile));
  other.imap.reset();
  EXPECT_TRUE(mobileconfig_plist(other, profile).empty());
}

TEST(Srv, names_what_is_offered_and_what_is_not) {  // RFC 6186 section 3, RFC 8314 section 5.1
  EXPECT_EQ(srv_records(usual()),
            "_imaps._tcp.example.net.                 3600 IN SRV 0 1 1993 attic7.local.\n"
            "_imap._tcp.example.net.                  3600 IN SRV 0 0 0 .\n"
            "_pop3._tcp.example.net.                  3600 IN SRV 0 0 0 .\n"
            "_pop3s._tcp.example.net.                 3600 IN SRV 0 0 0 .\n"
            "_submissions._tcp.example.net.           3600 IN SRV 0 1 1465 attic7.local.\n"
            "_submission._tcp.example.net.            3600 IN SRV 0 0 0 .\n");
}

TEST(Srv, no_name_makes_a_record) {
  MailSettings settings = usual();
  settings.mail_address = "anna@example.net.\nevil";
  EXPECT_THAT(srv_records(settings), testing::StartsWith("; the mail address"));
  settings = usual();
  settings.imap->host = "evil.\n_x";
  EXPECT_THAT(srv_records(settings), Not(HasSubstr("evil")));
  settings.imap->host = "192.168.1.7";
  EXPECT_THAT(srv_records(settings), HasSubstr("; a server is known by its address only"));
}

TEST(PlainText, is_for_people) {
  EXPECT_EQ(plain_text(usual()),
            "IMAP         attic7.local, port 1993, SSL/TLS\n"
            "SMTP (send)  attic7.local, port 1465, SSL/TLS\n"
            "User name    anna/phone\n"
            "Login        normal password, the same for receiving and sending\n");
  MailSettings settings = usual();
  settings.login = "a\x1b[2J\nb";
  EXPECT_THAT(plain_text(settings), HasSubstr("a?[2J?b\n"));
  EXPECT_THAT(plain_text({}), HasSubstr("listen:"));
}

TEST(QrCode, has_the_three_corners) {
  const QrCode code = QrCode::make("https://attic7.local:8143/set-up/abcdefgh").value();
  EXPECT_GE(code.width(), 21U);
  EXPECT_EQ((code.width() - 17) % 4, 0U);
  const std::size_t far = code.width() - 7;
  for (const auto& [row, column] : {std::pair{std::size_t{0}, std::size_t{0}}, {0, far}, {far, 0}})
    for (std::size_t i = 0; i < 7; ++i) {
      EXPECT_EQ(code.at(row + i, column), QrCode::Module::dark);
      EXPECT_EQ(code.at(row, column + i), QrCode::Module::dark);
    }
  EXPECT_EQ(code.at(1, 1), QrCode::Module::light);
  EXPECT_EQ(code.at(code.width(), 0), QrCode::Module::light);
  EXPECT_FALSE(QrCode::make(std::string(5000, 'x')).has_value());
  EXPECT_FALSE(QrCode::make("").has_value());
}

TEST(QrCode, is_the_same_on_a_terminal_and_as_an_image) {
  const QrCode code = QrCode::make("postern").value();
  const std::string text = qr_for_terminal(code);
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  EXPECT_EQ(lines, (code.width() + 8 + 1) / 2);
  const std::string svg = qr_svg(code);
  EXPECT_THAT(svg, testing::StartsWith("<svg xmlns="));
  std::size_t dark = 0;
  for (std::size_t row = 0; row < code.width(); ++row)
    for (std::size_t column = 0; column < code.width(); ++column)
      dark += code.at(row, column) == QrCode::Module::dark ? 1 : 0;
  std::size_t squares = 0;
  for (std::size_t at = svg.find("h1v1h-1z"); at != svg.npos; at = svg.find("h1v1h-1z", at + 1))
    ++squares;
  EXPECT_EQ(squares, dark);
  const auto count = [&](std::string_view block) {
    std::size_t found = 0;
    for (std::size_t at = text.find(block); at != text.npos; at = text.find(block, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("█") * 2 + count("▀") + count("▄"), dark);
}

TEST(DnsSd, announces_what_the_network_can_reach) {  // RFC 6763
  const auto services = services_of(usual());
  ASSERT_EQ(services.size(), 3U);
  EXPECT_EQ(services[0].type, "_imaps._tcp");
  EXPECT_EQ(services[1].type, "_submissions._tcp");
  EXPECT_EQ(services[2].type, "_https._tcp");
  const auto avahi = avahi_file(services);
  EXPECT_EQ(avahi.name, "postern.service");
  EXPECT_THAT(avahi.text, HasSubstr("<type>_imaps._tcp</type>\n    <port>1993</port>"));
  const auto resolved = resolved_files(services);
  ASSERT_EQ(resolved.size(), 3U);
  EXPECT_EQ(resolved[0].name, "postern-imaps.dnssd");
  EXPECT_EQ(resolved[0].text, "[Service]\nName=Postern on %H\nType=_imaps._tcp\nPort=1993\n");

  const auto here = mail_settings({{Protocol::imaps, "127.0.0.1:1993"}}, hosts, "anna");
  EXPECT_TRUE(services_of(here).empty());
}

}  // namespace
}  // namespace postern::access::settings::test
