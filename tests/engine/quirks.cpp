#include "tests/engine/quirks.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace postern::engine {

namespace {

using test::HostilePop3;
using Quirks = HostilePop3::Quirks;
using Message = HostilePop3::Message;
using namespace std::chrono_literals;

constexpr auto as_wanted = Quirk::Deletes::as_wanted;
constexpr auto none = Quirk::Deletes::none;
constexpr auto vanish = Quirk::Messages::vanish;

using Set = std::function<void(HostilePop3&)>;

Set quirks(std::function<void(Quirks&)> set) {
  return [set = std::move(set)](HostilePop3& server) { set(server.quirks); };
}
Set instead(std::string command, std::string answer) {
  return quirks([=](Quirks& q) { q.instead[command] = answer; });
}
Set endless(std::string command, std::string text) {
  return quirks([=](Quirks& q) { q.endless[command] = text; });
}
Set capa(std::vector<std::string> lines) {
  return quirks([=](Quirks& q) { q.capa = lines; });
}
Set uidl(const std::string& lines) {
  return instead("UIDL", "+OK\r\n" + lines + ".\r\n");
}
Set list(const std::string& lines) {
  return instead("LIST", "+OK\r\n" + lines + ".\r\n");
}
Set body(Quirks::Body how) {
  return quirks([=](Quirks& q) { q.body = how; });
}
/// A fourth message with these octets.
Set holds(std::string octets) {
  return [=](HostilePop3& server) { server.maildrop.push_back({"uidl-odd", octets}); };
}
/// Done at each login, with the number of the session from 1.
Set at_login(std::function<void(HostilePop3&, std::size_t session)> change) {
  return [change = std::move(change)](HostilePop3& server) {
    auto count = std::make_shared<std::size_t>(0);
    server.quirks.on_login = [change, count](HostilePop3& at) { change(at, ++*count); };
  };
}

std::vector<Quirk> at_the_door() {
  return {
      {"D2_no_CAPA", instead("CAPA", "-ERR what\r\n")},
      {"D2_no_TOP", capa({"UIDL"})},
      {"D3_no_pipelining", capa({"USER", "UIDL"})},
      {"D12_endless_greeting", quirks([](Quirks& q) { q.greeting = std::string(20'000, '+'); }),
       none},
      {"D12_endless_CAPA", endless("CAPA", "X-MORE\r\n"), none},
      {"D12_endless_line_in_CAPA", endless("CAPA", "X"), none},
      {"D15_in_use", instead("PASS", "-ERR [IN-USE] later\r\n"), none},
      {"D15_in_use_as_the_greeting",
       quirks([](Quirks& q) { q.greeting = "-ERR [IN-USE] later\r\n"; }), none},
      {"D15_sys_temp", instead("PASS", "-ERR [SYS/TEMP] later\r\n"), none},
      {"D15_sys_temp_in_lower_case", instead("PASS", "-err [sys/temp/lock] later\r\n"), none},
      {"D15_login_delay", instead("PASS", "-ERR [LOGIN-DELAY] later\r\n"), none},
      {"D16_auth", instead("PASS", "-ERR [AUTH] no\r\n"), none},
      {"D16_auth_without_a_code", instead("PASS", "-ERR invalid login\r\n"), none},
      {"D16_sys_perm", instead("PASS", "-ERR [SYS/PERM] closed account\r\n"), none},
      {"D22_greeting_in_lower_case", quirks([](Quirks& q) { q.greeting = "+ok\n"; })},
      {"D22_greeting_of_another_protocol",
       quirks([](Quirks& q) { q.greeting = "220 mx.example.net ESMTP\r\n"; }), none},
      {"D22_bare_answers", instead("PASS", "+OK\r\n")},
      {"D22_NUL_in_an_answer", instead("PASS", std::string("+OK \0\r\n", 7)), none},
      {"D22_8bit_in_an_answer", instead("USER", "+OK \xff\xfe\r\n")},
      {"D24_LOGIN_only", capa({"SASL LOGIN", "UIDL"}), none},
      {"D24_unknown_mechanisms_only", capa({"SASL NTLM GSSAPI", "UIDL"})},
      {"D24_APOP_challenge_is_no_message_id",
       quirks([](Quirks& q) { q.greeting = "+OK <chosen by an attacker>\r\n"; })},
      {"D24_PLAIN_announced_but_refused",
       [](HostilePop3& server) {
         server.quirks.capa = {"USER", "UIDL", "SASL PLAIN"};
         server.quirks.instead["AUTH"] = "-ERR what\r\n";
       }},
      {"D24_APOP_offered_but_refused",
       [](HostilePop3& server) {
         server.quirks.greeting = "+OK <1@example.net>\r\n";
         server.quirks.instead["APOP"] = "-ERR no\r\n";
       }},
      {"D26_closed_after_the_greeting", instead("CAPA", ""), none},
      {"D26_closed_during_the_login", instead("USER", ""), none},
      {"D26_closed_after_the_login", instead("STAT", ""), none},
  };
}

const std::string long_id(70, 'u');
const std::string very_long_id(2500, 'u');

std::vector<Quirk> ids() {
  return {
      {"D5_equal_ids", uidl("1 same\r\n2 same\r\n3 other\r\n")},
      {"D5_all_ids_equal", uidl("1 same\r\n2 same\r\n3 same\r\n"), none},
      {"D6_ids_change_with_each_login", at_login([](HostilePop3& server, std::size_t session) {
         for (Message& message : server.maildrop)
           message.uidl = message.uidl.substr(0, 6) + "-" + std::to_string(session);
       })},
      {"D8_long_ids", uidl("1 " + long_id + "1\r\n2 " + long_id + "2\r\n3 " + long_id + "3\r\n")},
      {"D8_very_long_ids", uidl("1 " + very_long_id + "\r\n2 b\r\n3 c\r\n")},
      {"D8_too_long_id", uidl("1 x" + very_long_id + "\r\n2 b\r\n3 c\r\n"), none},
      {"D8_empty_id", uidl("1 \r\n2 uidl-2\r\n3 uidl-3\r\n")},
      {"D8_blanks_in_ids", uidl("1 a b\r\n2 a  b\r\n3 a\r\n")},
      {"D8_8bit_ids", uidl("1 \xff\r\n2 \xfe\r\n3 \xc3\xa4\r\n")},
      {"D8_control_octet_in_an_id", uidl("1 a\x01\r\n2 b\r\n3 c\r\n"), none},
      {"D8_case_twins", uidl("1 abc\r\n2 ABC\r\n3 Abc\r\n")},
      {"D8_SQL_and_paths", uidl("1 '; DROP TABLE origin;--\r\n2 ../../x\r\n3 %s%n\r\n")},
      {"D8_numbers_as_ids", uidl("1 1\r\n2 2\r\n3 3\r\n")},
  };
}

std::vector<Quirk> listings() {
  return {
      {"D9_partial", uidl("2 uidl-2\r\n"), none},
      {"D9_empty_UIDL", uidl(""), none},
      {"D9_extra", uidl("1 uidl-1\r\n2 uidl-2\r\n3 uidl-3\r\n4 uidl-4\r\n"), none},
      {"D9_out_of_order", uidl("3 uidl-3\r\n1 uidl-1\r\n2 uidl-2\r\n")},
      {"D9_number_0", uidl("0 uidl-0\r\n1 uidl-1\r\n2 uidl-2\r\n3 uidl-3\r\n"), none},
      {"D9_negative_number", uidl("-1 uidl-0\r\n2 uidl-2\r\n3 uidl-3\r\n"), none},
      {"D9_huge_number", uidl("99999999999999999999 x\r\n2 uidl-2\r\n3 uidl-3\r\n"), none},
      {"D9_two_ids_for_one", uidl("1 uidl-1\r\n1 b\r\n2 uidl-2\r\n3 uidl-3\r\n"), none},
      {"D10_sizes_too_large", list("1 1051\r\n2 1051\r\n3 1051\r\n")},
      {"D10_sizes_too_small", list("1 1\r\n2 1\r\n3 1\r\n")},
      {"D10_sizes_0", list("1 0\r\n2 0\r\n3 0\r\n")},
      {"D10_sizes_negative", list("1 -1\r\n2 -1\r\n3 -1\r\n")},
      {"D10_sizes_text", list("1 big\r\n2 bigger\r\n3\r\n")},
      {"D10_sizes_huge", list("1 9223372036854775807\r\n2 18446744073709551615\r\n3 50\r\n")},
      {"D10_no_LIST", instead("LIST", "-ERR no\r\n"), none},
      {"D11_STAT_too_many", instead("STAT", "+OK 99 1\r\n")},
      {"D11_STAT_0", instead("STAT", "+OK 0 0\r\n")},
      {"D11_STAT_text", instead("STAT", "+OK many\r\n")},
      {"D11_STAT_refused", instead("STAT", "-ERR no\r\n")},
      {"D12_endless_line_in_UIDL", instead("UIDL", "+OK\r\n" + std::string(20'000, '1')), none},
      {"D12_endless_LIST", endless("LIST", "1 51\r\n"), none},
      {"D12_endless_UIDL", endless("UIDL", "1 x\r\n"), none},
      {"D22_an_answer_too_many", instead("STAT", "+OK\r\n+OK 3 153\r\n"), none},
      {"D22_extra_blanks_and_tabs",
       [](HostilePop3& server) { uidl("1    uidl-1  \r\n 2\tuidl-2\r\n3  uidl-3\r\n")(server); }},
      {"D22_lone_line_feeds", quirks([](Quirks& q) { q.line_end = Quirks::LineEnd::lf; })},
      {"D22_NUL_in_UIDL", uidl(std::string("1 a\0b\r\n2 b\r\n3 c\r\n", 17)), none},
      {"UIDL_fails_once", instead("UIDL", "-ERR [SYS/TEMP] later\r\n"), none},
      {"UIDL_without_a_terminator", instead("UIDL", "+OK\r\n1 uidl-1\r\n"), none},
  };
}

std::vector<Quirk> transfers() {
  return {
      {"D4_drop_after_the_second_RETR", instead("RETR 3", "")},
      {"D4_drop_in_the_first_RETR", quirks([](Quirks& q) { q.cut_after_body_octets = 30; }), none},
      {"D4_drop_in_the_second_RETR", quirks([](Quirks& q) { q.cut_after_body_octets = 110; })},
      {"D12_endless_RETR", endless("RETR 2", "and so on\r\n")},
      {"D12_endless_line_in_RETR", endless("RETR 2", "and so on")},
      {"D13_terminator_within", instead("RETR 2", "+OK\r\na\r\n.\r\nb\r\n.\r\n")},
      {"D13_no_terminator", instead("RETR 2", "+OK\r\na\r\n")},
      {"D13_glued_dot", body(Quirks::Body::glued_dot)},
      {"D13_lone_LF_around_the_dot", body(Quirks::Body::lone_lf)},
      {"D13_lone_CR_around_the_dot", body(Quirks::Body::lone_cr)},
      {"D13_dots_not_stuffed",
       [](HostilePop3& server) {
         server.maildrop.push_back({"uidl-4", "Subject: 4\r\n\r\n.\r\nDELE 1\r\n"});
         server.quirks.body = Quirks::Body::unstuffed;
       }},
      {"D19_vanished", instead("RETR 2", "-ERR gone\r\n")},
      {"One_message_always_fails", instead("RETR 1", "-ERR [SYS/TEMP] cannot read it\r\n")},
      {"RETR_says_SYS_TEMP", instead("RETR", "-ERR [SYS/TEMP] rate limit exceeded, try later\r\n")},
      {"One_message_makes_no_sense", instead("RETR 2", "250 ok\r\n")},
      {"One_message_always_drops", instead("RETR 2", "")},
      {"D21_popped_messages_vanish", quirks([](Quirks& q) { q.popped_vanish = true; })},
      {"D22_an_answer_too_many_behind_a_message",
       instead("RETR 1", "+OK\r\na\r\n.\r\n+OK extra\r\n")},
      {"D25_octet_by_octet", quirks([](Quirks& q) { q.piece = 1; })},
      {"D25_trickling_message",
       [](HostilePop3& server) {
         server.quirks.endless["RETR 2"] = "x";
         server.quirks.wait = 70ms;
       }},
      {"D25_trickling_greeting",
       [](HostilePop3& server) {
         server.quirks.greeting = "+OK a long time to come\r\n";
         server.quirks.piece = 1;
         server.quirks.wait = 70ms;
       },
       none},
  };
}

std::vector<Quirk> contents() {
  const std::string head = "Subject: odd\r\n\r\n";
  std::string headers;
  for (int i = 0; i < 50'000; ++i) headers += "X-Many: " + std::to_string(i) + "\r\n";
  return {
      {"D14_NUL", holds(head + std::string("a\0b\r\n", 5))},
      {"D14_8bit", holds(head + "\xff\xfe\x80\r\n")},
      {"D14_long_line", holds(head + std::string(900'000, 'l') + "\r\n")},
      {"D14_many_headers", holds(headers + "\r\ntext\r\n")},
      {"D14_large_header", holds("X-Large: " + std::string(700'000, 'h') + "\r\n\r\ntext\r\n")},
      {"D14_header_only", holds("Subject: nothing follows\r\n")},
      {"D14_empty", holds("")},
      {"D14_no_final_line_end", holds(head + "no end")},
      {"D14_lone_LF_and_CR", holds(head + "a\nb\rc\n\n.\nd\r\n")},
      {"D14_dots", holds(head + ".\r\n..\r\n.a\r\n\r\n.\r\n")},
      {"D14_what_looks_like_answers", holds("+OK\r\n-ERR\r\n.\r\n+OK 3 messages\r\n")},
      {"D12_beyond_the_limit", holds(head + std::string(3'000'000, 'x') + "\r\n"), as_wanted,
       vanish},
  };
}

std::vector<Quirk> deletions() {
  return {
      {"D17_DELE_refused", quirks([](Quirks& q) { q.refuse_dele = {1, 2, 3}; })},
      {"D17_DELE_drops", instead("DELE", "")},
      {"D17_DELE_lies", instead("DELE", "+OK marked\r\n")},
      {"D17_DELE_makes_no_sense", instead("DELE", "what?\r\n")},
      {"D17_DELE_hangs", instead("DELE", " ")},
      {"D18_QUIT_lost", quirks([](Quirks& q) { q.quit = HostilePop3::Quit::lost_before; })},
      {"D18_QUIT_applied_and_lost",
       quirks([](Quirks& q) { q.quit = HostilePop3::Quit::lost_after; })},
      {"D18_QUIT_refused", quirks([](Quirks& q) { q.quit = HostilePop3::Quit::refused; })},
  };
}

std::vector<Quirk> changes() {
  return {
      {"D7_an_id_used_again", at_login([](HostilePop3& server, std::size_t session) {
         server.retrieved.clear();  // what no session stored is gone with this
         if (session != 2) return;
         server.maildrop.front().octets = "Subject: another\r\n\r\nof another size\r\n";
       }),
       as_wanted, vanish},
      {"D19_one_arrives_with_each_login", at_login([](HostilePop3& server, std::size_t session) {
         const std::string number = std::to_string(session);
         server.maildrop.push_back({"late-" + number, "Subject: late " + number + "\r\n\r\n"});
       })},
      {"D19_one_vanishes_with_each_login", at_login([](HostilePop3& server, std::size_t) {
         server.retrieved.clear();  // what no session stored is gone with this
         if (!server.maildrop.empty()) server.maildrop.pop_back();
       }),
       as_wanted, vanish},
      {"D19_the_order_changes", at_login([](HostilePop3& server, std::size_t) {
         if (server.maildrop.size() > 1)
           std::rotate(server.maildrop.begin(), server.maildrop.begin() + 1, server.maildrop.end());
       })},
      {"D20_empty_once",
       [](HostilePop3& server) {
         server.quirks.instead = {
             {"STAT", "+OK 0 0\r\n"}, {"LIST", "+OK\r\n.\r\n"}, {"UIDL", "+OK\r\n.\r\n"}};
       },
       none},
  };
}

}  // namespace

std::vector<Quirk> every_quirk() {
  std::vector<Quirk> all;
  for (std::vector<Quirk> (*some)() :
       {at_the_door, ids, listings, transfers, contents, deletions, changes}) {
    for (Quirk& quirk : some()) all.push_back(std::move(quirk));
  }
  return all;
}

}  // namespace postern::engine
