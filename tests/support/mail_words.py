"""Words that the generated messages are made of: everyday sentences in several scripts, all our
own."""

# Language -> (sentences, charsets that can hold them besides UTF-8).
LANGUAGES = {
    "en": (
        [
            "The boat leaves at seven, so please bring the blue rope.",
            "I have put the key under the third flower pot.",
            "Could you look at the second page before Thursday?",
            "The bakery has moved across the street.",
            "We measured the room again and it is still too small.",
            "Nobody answered the door, but the light was on.",
            "Please send the bill to the old address.",
            "The meeting is short: ten minutes, standing.",
        ],
        ["us-ascii", "iso-8859-1"],
    ),
    "de": (
        [
            "Das Boot fährt um sieben, bring bitte das blaue Seil mit.",
            "Der Schlüssel liegt unter dem dritten Blumentopf.",
            "Könntest du die zweite Seite bis Donnerstag lesen?",
            "Die Bäckerei ist auf die andere Straßenseite gezogen.",
            "Wir haben das Zimmer noch einmal ausgemessen, es ist zu klein.",
            "Schöne Grüße aus Münster, es regnet natürlich.",
        ],
        ["iso-8859-1", "iso-8859-15", "windows-1252"],
    ),
    "fr": (
        [
            "Le bateau part à sept heures, apporte la corde bleue.",
            "La clé est cachée sous le troisième pot de fleurs.",
            "La boulangerie a déménagé de l'autre côté de la rue.",
            "Ça ira très bien, à bientôt près de l'église.",
        ],
        ["iso-8859-1", "windows-1252"],
    ),
    "pl": (
        [
            "Łódź odpływa o siódmej, weź niebieską linę.",
            "Klucz leży pod trzecią doniczką.",
            "Piekarnia przeniosła się na drugą stronę ulicy.",
        ],
        ["iso-8859-2", "windows-1250"],
    ),
    "ru": (
        [
            "Лодка уходит в семь, возьми синюю верёвку.",
            "Ключ лежит под третьим горшком.",
            "Пекарня переехала на другую сторону улицы.",
            "Мы снова измерили комнату, она слишком мала.",
        ],
        ["koi8-r", "windows-1251", "iso-8859-5"],
    ),
    "el": (
        [
            "Το καράβι φεύγει στις επτά, φέρε το μπλε σχοινί.",
            "Το κλειδί είναι κάτω από την τρίτη γλάστρα.",
            "Ο φούρνος πήγε απέναντι.",
        ],
        ["iso-8859-7"],
    ),
    "ja": (
        ["船は七時に出ます。青いロープを持ってきてください。", "鍵は三番目の植木鉢の下にあります。", "パン屋は通りの向こうに移りました。"],
        ["iso-2022-jp", "shift_jis", "euc-jp"],
    ),
    "zh": (["船七点开，请带上蓝色的绳子。", "钥匙在第三个花盆下面。", "面包店搬到街对面了。"], ["gb2312", "gb18030"]),
    "ar": (
        ["يغادر القارب في السابعة، أحضر الحبل الأزرق.", "المفتاح تحت الأصيص الثالث."],
        ["windows-1256", "iso-8859-6"],
    ),
    "he": (["הסירה יוצאת בשבע, תביא את החבל הכחול.", "המפתח מתחת לעציץ השלישי."], ["windows-1255"]),
    "emoji": (
        [
            "Boat at seven ⛵ bring the rope 🪢 and a smile 🙂",
            "Cake 🍰 at four, flags 🇳🇴🇵🇹 on the table 👩‍👩‍👧",
        ],
        [],
    ),
}

SUBJECTS = {
    "en": ["Boat on Saturday", "The second page", "Key", "Bill 4711", "Room plan", "Short meeting"],
    "de": ["Schlüsselübergabe", "Grüße aus Münster", "Rückfrage zur Seite zwei", "Straßenfest"],
    "fr": ["Très bientôt", "La clé cachée", "Déménagement de l'été"],
    "pl": ["Łódź w sobotę", "Druga strona ulicy"],
    "ru": ["Лодка в субботу", "Синяя верёвка", "Счёт за октябрь"],
    "el": ["Το μπλε σχοινί", "Το κλειδί"],
    "ja": ["青いロープについて", "土曜日の船", "三番目の植木鉢"],
    "zh": ["星期六的船", "蓝色的绳子"],
    "ar": ["الحبل الأزرق", "قارب يوم السبت"],
    "he": ["החבל הכחול", "מפתח"],
    "emoji": ["⛵ at seven", "🍰🍰🍰", "Flags 🇳🇴 and ropes 🪢"],
}

PEOPLE = [
    ("Anna Berg", "anna@haus.example"),
    ("Jörg Müller", "joerg@müller.example".replace("ü", "ue")),
    ("Zoë d'Arc", "zoe@quai.example"),
    ("Иван Петров", "ivan@verf.example"),
    ("佐藤 花子", "hanako@fune.example"),
    ("Łukasz Wójcik", "lukasz@lodz.example"),
    ("أمل حسن", "amal@marsa.example"),
    ("Office, Printer", "printer@office.example"),
    ('Bob "the Rope" Hill', "bob.hill@harbour.example"),
    ("", "no-name@plain.example"),
]

FILES = [
    ("plan", "application/pdf", "pdf"),
    ("photo", "image/jpeg", "jpg"),
    ("chart", "image/png", "png"),
    ("list", "text/csv", "csv"),
    ("boat", "text/calendar", "ics"),
    ("archive", "application/zip", "zip"),
    ("letter", "application/vnd.oasis.opendocument.text", "odt"),
    ("raw", "application/octet-stream", "bin"),
]

FILE_NAMES = ["Übersicht", "план", "計画", "été plan", 'a;b"c', "very long name " * 6, "schedule"]
