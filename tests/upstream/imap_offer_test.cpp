#include "sync/upstream/imap_offer.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::upstream {
namespace {

using Has = ImapOffer::Has;
using Login = LoginOffer::UserCommand;

TEST(ImapOffer, IsWhatTheCapabilitiesSay) {  // RFC 9051 section 7.2.2, RFC 4959
  struct {
    const char* name;
    std::vector<std::string> capabilities;
    std::vector<std::string> mechanisms;
    Login login;
    Has starttls;
    Has initial_response;
  } const rows[] = {
      {"nothing is known", {}, {}, Login::unsaid, Has::no, Has::no},
      {"only the protocol", {"IMAP4rev1"}, {}, Login::offered, Has::no, Has::no},
      {"in any case",
       {"imap4rev1", "auth=Plain", "Sasl-Ir", "StartTls", "AUTH=X"},
       {"PLAIN", "X"},
       Login::offered,
       Has::yes,
       Has::yes},
      {"no LOGIN", {"IMAP4rev1", "LOGINDISABLED"}, {}, Login::missing, Has::no, Has::no},
      {"what only begins so",
       {"LOGINDISABLEDX", "STARTTLSX", "SASL-IRX"},
       {},
       Login::offered,
       Has::no,
       Has::no},
  };
  for (const auto& row : rows) {
    const ImapOffer offer = imap_offer(row.capabilities);
    EXPECT_EQ(offer.mechanisms, row.mechanisms) << row.name;
    EXPECT_EQ(offer.login, row.login) << row.name;
    EXPECT_EQ(offer.starttls, row.starttls) << row.name;
    EXPECT_EQ(offer.initial_response, row.initial_response) << row.name;
  }
}

}  // namespace
}  // namespace postern::upstream
