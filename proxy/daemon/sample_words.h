#pragma once

#include <array>

namespace postern::daemon::sample {

struct Person {
  const char* name;
  const char* address;
};

inline constexpr std::array<Person, 12> people = {{
    {"Clara Winter", "clara@winter.example"},
    {"Jonas Brandt", "jonas.brandt@brandt.example"},
    {"Mireille Dubois", "mireille@atelier.example"},
    {"Øystein Haugen", "oystein@fjord.example"},
    {"Agnieszka Zając", "agnieszka@ogrod.example"},
    {"Δημήτρης Παπαδάκης", "dimitris@kafeneio.example"},
    {"Ольга Соколова", "olga@teplitsa.example"},
    {"山本 さくら", "sakura@kissa.example"},
    {"Yael Ben-David", "yael@pardes.example"},
    {"Tom O'Hara", "tom@ohara.example"},
    {"House Committee", "committee@linden-court.example"},
    {"Aunt Hedwig", "hedwig@brandt.example"},
}};

inline constexpr std::array<const char*, 16> subjects = {
    "The garden gate squeaks again",
    "Keys for the cellar",
    "Photos from the lake",
    "Who waters the tomatoes?",
    "Invoice for the bicycle repair",
    "Recipe, as promised",
    "Übergabe der Wohnung am Freitag",
    "Grüße aus Tromsø",
    "Où est passé le chat ?",
    "Zdjęcia z niedzieli",
    "Ερώτηση για το Σάββατο",
    "Встреча в четверг",
    "来週の予定について",
    "שאלה קצרה",
    "A long subject that goes on about the chairs, the table, the lamp and the carpet in the hall, "
    "so that it has to be folded",
    "Re: Re: Fwd: the list",
};

inline constexpr std::array<const char*, 20> sentences = {
    "The gate at the back was open this morning, and nobody says they used it.",
    "I left the spare key with the neighbour on the second floor.",
    "If it rains on Sunday we meet in the kitchen instead.",
    "The train arrives at twenty past four, on the small platform.",
    "Please bring the blue folder; the green one has only old bills in it.",
    "There was a letter for you between the newspapers.",
    "The apples are ripe, and there are far too many of them.",
    "Could you have a look at the lamp in the hall? It flickers when the door is opened.",
    "We counted again: it is eleven chairs, not twelve.",
    "Der Schlüssel hängt wieder am Haken neben der Tür.",
    "Bitte die Fahrräder nicht vor das Kellerfenster stellen.",
    "Le boulanger ferme à midi, il faut y aller tôt.",
    "Kot śpi na kaloryferze i nie chce się ruszyć.",
    "Το καράβι φεύγει στις επτά το πρωί.",
    "Завтра обещают снег, возьми шапку.",
    "駅前の喫茶店で三時に会いましょう。",
    "השער האחורי נשאר פתוח כל הלילה.",
    "Nothing urgent, only so that it is written down somewhere.",
    "The second half of the rent is due at the end of the month.",
    "I shall write more when I know more.",
};

inline constexpr std::array<const char*, 6> threads = {
    "Summer party in the yard", "New windows on the north side",  "Which lamp for the stairs?",
    "Choir on Tuesdays",        "The cat on the roof, continued", "Allotment, plot 14",
};

inline constexpr std::array<const char*, 5> newsletters = {
    "Linden Court weekly",   "The Bicycle Post", "Gate & Garden",
    "Letters from the Lake", "Kitchen Notes",
};

}  // namespace postern::daemon::sample
