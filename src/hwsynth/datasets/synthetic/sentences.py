"""English sentences, made up from templates: every text of the synthetic lines.

A template names lists in braces; an entry may name lists again, and {3-12} is a number. The
sentences make sense one by one and cover small letters, capitals, figures and punctuation.
"""

from __future__ import annotations

import re

import numpy as np

SHORTEST, LONGEST = 15, 45
"""Characters in a line."""

_LISTS = """
name: Adam|Agnes|Alice|Amir|Anna|Arthur|Beth|Boris|Carla|Clara|Daniel|David|Edith|Ella|Emil|Eva
name: Felix|Fiona|Frank|Gina|Grace|Greta|Hannah|Harold|Hugo|Ida|Ines|Ivan|Jack|Jane|Joan|Jonas
name: Karl|Kate|Kenji|Laura|Leo|Lily|Louis|Marta|Mary|Max|Maya|Nadia|Nina|Noah|Olga|Oscar|Otto
name: Paul|Pia|Quentin|Rita|Robert|Rosa|Ruth|Sam|Sara|Simon|Stella|Tara|Thomas|Tom|Uma|Ursula
name: Vera|Victor|Walter|Wendy|Xavier|Yusuf|Yvonne|Zara|Zoe
surname: Abbott|Baker|Carter|Dawson|Ellis|Fisher|Grant|Hughes|Irving|Jensen|Keller|Lopez|Marsh
surname: Nolan|Owens|Parker|Quinn|Reed|Shaw|Turner|Underwood|Vogel|Walsh|Young|Zimmer
title: Mr.|Mrs.|Miss|Dr.|Uncle|Aunt|Captain|Professor
person: {name}|{name}|{name}|{title} {surname}|my {relative}|the {job}|{name} {surname}
Person: {name}|{name}|{name}|{title} {surname}|My {relative}|The {job}|{name} {surname}
relative: sister|brother|mother|father|cousin|aunt|uncle|grandmother|grandfather|neighbour
relative: old friend|best friend|daughter|son|nephew|niece
job: baker|farmer|doctor|nurse|teacher|gardener|captain|driver|painter|tailor|carpenter
job: librarian|pilot|singer|clockmaker|fisherman|postman|judge|mayor|plumber|waiter|cook
job: photographer|shepherd|violinist|zoo keeper|beekeeper
city: Athens|Berlin|Bristol|Cairo|Dublin|Exeter|Florence|Geneva|Hamburg|Istanbul|Jakarta|Kyoto
city: Lisbon|London|Madrid|Naples|Oslo|Paris|Prague|Quebec|Rome|Seville|Tokyo|Uppsala|Venice
city: Vienna|Warsaw|York|Zurich
place: harbour|market|station|library|museum|bakery|school|old mill|theatre|castle|post office
place: town hall|workshop|hotel|chapel|zoo|lighthouse|gallery
spot: {place}|{place}|bridge|quarry|village square|orchard|river|park|garden|lake|kitchen window
day: Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday
month: January|February|March|April|May|June|July|August|September|October|November|December
season: spring|summer|autumn|winter
date: {1-28} {month}|{month} {1-28}|{day}
time: {1-12}:{00-59}|{1-12} o'clock|half past {hour}|noon|midnight|a quarter to {hour}|{1-11}.30
hour: one|two|three|four|five|six|seven|eight|nine|ten|eleven
count: two|three|four|five|six|seven|eight|nine|ten|twelve|{13-99}|twenty|forty
animal: cat|dog|horse|donkey|goat|fox|owl|rabbit|hedgehog|swan|parrot|squirrel|duck|sheep dog
animal: young zebra|pony|jackdaw|blackbird|lynx|tortoise
animals: cats|dogs|horses|goats|foxes|owls|rabbits|swans|ducks|sheep|bees|crows|geese|squirrels
animals: butterflies|sparrows|jackdaws
food: bread|soup|cheese|apple pie|rice|honey|plum jam|butter|fish|chocolate|porridge|salad
food: gingerbread|mushroom stew|pumpkin soup|quince jelly|pizza|cake
fruit: apples|pears|plums|cherries|oranges|lemons|figs|grapes|peaches|quinces|walnuts|onions
fruit: eggs|carrots|potatoes|mushrooms
taste: fresh|small|sweet|excellent|good|bad|ready|gone|just right|too expensive
drink: tea|coffee|milk|water|lemonade|apple juice|cocoa|ginger beer
thing: letter|book|map|lamp|key|clock|basket|ladder|violin|bicycle|umbrella|camera|box|candle
thing: kettle|blanket|painting|ticket|notebook|suitcase|jacket|coin|hammer|radio|vase|mirror|quilt
things: letters|books|maps|lamps|keys|clocks|baskets|tickets|candles|coins|boots|boxes
things: photographs|gloves|stamps|buttons|chairs|jars
container: box|basket|suitcase|drawer|cupboard|kitchen|cellar|bag|blue jar|pocket of my jacket
furniture: table|bed|piano|sofa|old chair|desk|kitchen shelf|stairs|wardrobe
adjective: old|new|small|large|green|blue|yellow|broken|heavy|strange|wooden|beautiful|dusty
adjective: expensive|precious|red|white|tiny|forgotten|useful|odd|plain
feeling: happy|tired|cheerful|nervous|hungry|proud|patient|curious|quiet|late|surprised|calm
feeling: quite well|busy|relieved|puzzled|generous|lazy|anxious
adverb: slowly|quickly|quietly|carefully|gently|eagerly|at once|without a word|in a hurry|again
weather: rain|snow|fog|wind|sunshine|frost|thunder|hail|drizzle
sky: cold and clear|grey and damp|warm and dry|wet and windy|fine|foggy|mild|freezing|bright
did: found|lost|sold|bought|carried|borrowed|forgot|hid|packed|cleaned|examined|measured|admired
moved: packed|carried|wrapped|examined|hid|cleaned|lifted|moved
doing: reading|singing|waiting|sleeping|working|cooking|laughing|talking|writing|dancing|fishing
doing: knitting|whistling|practising|juggling
can: swim|cook|drive|sing|skate|sew|ride a horse|play the {music}|speak {language}|juggle|climb
can: paint|whistle|bake|dance the waltz
music: piano|violin|flute|guitar|trumpet|cello|banjo|organ|drum|oboe|saxophone
language: French|German|Greek|Italian|Japanese|Spanish|Swedish|Turkish|Welsh|Zulu|Arabic
subject: history|music|chess|gardening|the sea|birds|old maps|physics|cooking|clouds|poetry|tides
subject: painting|Latin|bees|numbers
road: Abbey Road|Bridge Street|Castle Lane|Dover Road|Elm Avenue|Forge Hill|Green Lane|High Street
road: Jubilee Road|King Street|Mill Lane|Oxford Street|Queen Square|Station Road
number: {2-99}|{100-999}|1{000-999}|{10-99}
year: 18{10-99}|19{10-99}|20{10-25}
while: an hour|two hours|ten minutes|half an hour|{13-59} minutes|three hours|the whole day
years: a year|two years|many years|a month|three winters|half a year|twenty years
way: by train|by boat|on foot|by bus|by bicycle|by car|in a taxi
said: said|whispered|shouted|answered|replied|called
greeting: Dear {name},|Hello {name},|Good morning, {name}:|My dear {name},|Good evening, {name},
"""

_TEMPLATES = """
{Person} arrived at {time} on {day}.
{Person} came {way} from {city}.
{Person} {did} the {adjective} {thing}.
{Person} {moved} the {thing} {adverb}.
{Person} has {count} {animals} and a {animal}.
{Person} was {feeling} all {day}.
{Person} likes {food} with {drink}.
{Person} lives at {number} {road}.
{Person} lived in {city} for {years}.
{Person} waited at the {place} for {while}.
{Person} walked {adverb} to the {spot}.
{Person} knows a lot about {subject}.
{Person} can {can} and {can}.
{Person} cannot {can}, but {name} can.
{Person} left a {thing} at the {place}.
{Person} was born in {city} in {year}.
{Person} gave me {count} {adjective} {things}.
{Person} never talks about {subject}.
{Person} wants to learn {language}.
{Person} and {person} were {doing}.
{Person} keeps {animals} behind the {place}.
{Person} wrote to the {job} in {month}.
{Person} will be back by {time}.
{Person} won {2-19}-{0-9} on {day}.
{greeting} how are you today?
{greeting} thank you for the {thing}.
{greeting} please bring {count} {fruit}.
{greeting} we miss you in {city}.
Thank you for your letter of {date}.
I hope that {person} is {feeling} again.
I met {person} near the {spot}.
I bought {count} {fruit} and some {food}.
I have never been to {city} in {season}.
I cannot find my {adjective} {thing}.
I would like {food} and {drink}, please.
I think the {thing} is at the {place}.
I was {doing} when {name} came in.
I saw {count} {animals} near the {spot}.
We went to {city} {way}.
We met at the {place} in {month} {year}.
We walked through the {weather} for {while}.
We have {food}, {food} and {drink}.
We ate {food} and drank {drink}.
We need {number} {things} by {day}.
They were {doing} near the {spot}.
They sold the {adjective} {thing} in {city}.
They found {count} {things} under the {furniture}.
She put the {thing} on the {adjective} table.
She was {feeling}, and he was {feeling}.
She has been {doing} for {while}.
He said that the {thing} was {adjective}.
He plays the {music}; she plays the {music}.
He was {doing} {adverb} by the window.
He paid ${number} for that {adjective} {thing}.
The {thing} cost {2-99}.50 in {city}.
The {adjective} {thing} belongs to {person}.
The {animal} slept under the {furniture}.
The {animal} ran {adverb} across the road.
The {animal} and the {animal} are friends.
The {job} gave the {animal} some {food}.
The {job} knows every {animal} by name.
The {place} opens at {time} on {day}.
The {place} is closed until {month}.
The {place} was built in {year}.
The train to {city} leaves at {time}.
The train from {city} was {while} late.
The morning was {sky}.
The night was {sky}, as always in {month}.
The {weather} lasted for {while}.
The answer is {number}, not {number}.
The key to the {place} is in the {container}.
There are {count} {animals} near the {spot}.
There was {weather} in {city} on {day}.
There is a {adjective} {thing} on the shelf.
Where is the {adjective} {thing}?
Where did {name} leave the {things}?
Who {did} the {adjective} {thing}?
Who was {doing} at the {place}?
When does the {place} open on {day}?
Why was {person} so {feeling}?
What did {name} say about {subject}?
What a {adjective} {thing}!
What a {feeling} {animal} that is!
How many {fruit} are in the {container}?
How long did you live in {city}?
Can {name} really {can}?
Did {person} come {way}?
Have you seen the {animal} today?
Do you prefer {drink} or {drink}?
Is {name} still in {city}?
"Yes," {said} {name}, "at {time}."
"Come in," {said} {person}.
"No," {said} {person}, "not yet."
"Quick!" {said} {name}. "The {animal}!"
"Look at the {thing}," {said} {name}.
"Is it {time} already?" asked {name}.
"Good night," {said} {person} {adverb}.
Page {number}: the {animal} and the {animal}
Chapter {2-29}: {name} goes to {city}
Please call {name} at {100-999}-{1000-9999}.
Please send {number} {things} to {road}.
Please water the garden on {day}.
Do not forget the {thing}, {name}!
Do not feed the {animals} (or the {job})!
Room {number} is next to the {place}.
It was {sky} when we left {city}.
It took {while} to find the {place}.
It is {count} miles to the {place}.
In {year} he moved from {city} to {city}.
In {month} the {place} is full of {animals}.
In {season} the {animals} come back.
On {day} we bake {food} for the {place}.
At {time} the {job} went home.
After {while} the {animal} woke up.
Before {month} it never snows in {city}.
Every {day} {name} goes {way} to {city}.
Nobody knows who {did} the {thing}.
Nothing is as good as {food} and {drink}.
Only {name} and the {job} were {feeling}.
{name}, {name} and {name} were {doing}.
{name} & {name}, {number} {road}
{name} said it wasn't the {animal}'s fault.
{name}'s {thing} is {adjective}, isn't it?
{name}'s {relative} can {can}.
{day}: {food}; {day}: {food}
{day}, {1-28} {month}, {time}
{city}, {1-28} {month} {year}
{count} {animals}, {count} {animals} and a {animal}
some {adjective} {things} from {city}
and then the {job} {did} the {thing}
with a {adjective} {thing} and {count} {fruit}
but nobody had seen the {adjective} {thing}
because the {animal} was {feeling} again
that the {job} of {city} was {feeling},
which {person} {did} in {year}.
until the {weather} stopped at {time}.
as if nobody had ever {moved} a {thing}
Don't worry: the {animal} isn't {feeling}.
You'll need {count} {things} (and {drink}).
Let's meet at the {place} at {time}.
Sincerely yours, {name} {surname}
Best wishes from {city}! {name}
With love from {name} and {name}
{2-49} + {2-49} is not {number}.
{2-99}% of the {fruit} were {taste}.
The {fruit} were {taste}, weren't they?
{fruit}/{fruit}: see page {number}
NOTICE: the {place} is closed
OPEN DAILY FROM {6-11} TO {1-5}
"""

_SLOT = re.compile(r"\{([^{}]+)\}")
_SENTENCES = _TEMPLATES.strip().splitlines()
_ENTRIES: dict[str, list[str]] = {}
for _line in _LISTS.strip().splitlines():
    _name, _entries = _line.split(": ", 1)
    _ENTRIES.setdefault(_name, []).extend(_entries.split("|"))


def make_sentence(rng: np.random.Generator) -> str:
    """A sentence, or a part of one, of SHORTEST to LONGEST characters."""
    while True:
        sentence = _fill(_SENTENCES[int(rng.integers(len(_SENTENCES)))], rng)
        if SHORTEST <= len(sentence) <= LONGEST:
            return sentence


def _fill(template: str, rng: np.random.Generator) -> str:
    """The template with an entry for each slot, no entry twice."""
    used: set[str] = set()
    while slot := _SLOT.search(template):
        entry = _entry(slot[1], rng)
        if entry not in used:
            template = template[: slot.start()] + entry + template[slot.end() :]
            used.add(entry)
    return template


def _entry(name: str, rng: np.random.Generator) -> str:
    if name in _ENTRIES:
        return _ENTRIES[name][int(rng.integers(len(_ENTRIES[name])))]
    low, high = name.split("-")
    width = len(low) if low.startswith("0") else 0
    return f"{int(rng.integers(int(low), int(high) + 1)):0{width}d}"
