"""Names of figures that the `emoji` package does not know, in English, Chinese, Japanese, Spanish, French, German."""

from __future__ import annotations

from .lexicon import Table, table

SYNONYMS: Table = table(
    **{
        "🐈": "cat, kitten, kitty, 猫咪, 小猫, 猫, 子猫, ねこ, ネコ, gato, gata, gatito, chat, chaton, katze, kätzchen",
        "🐕": (
            "hunde, dog, puppy, doggy, 小狗, 狗, 狗狗, 子犬, 犬, いぬ, イヌ, perro, perra, "
            "perrito, chien, chiot, hund, "
            "hündchen, welpe"
        ),
        "🐎": "pferde, horse, pony, 马, 骏马, 馬, caballo, cheval, pferd",
        "🧑": (
            "person, human, people, somebody, someone, figure, 人, 行人, 人物, persona, gente, personne, gens, "
            "mensch, menschen, person"
        ),
        "👨": ("men, männer, man, guy, gentleman, 男人, 男子, 男の人, 男, hombre, homme, mann"),
        "👩": ("women, woman, lady, 女人, 女子, 女の人, 女, mujer, femme, dame, frau"),
        "👦": "boy, boys, 男孩, 少年, 男の子, niño, chico, garçon, junge",
        "👧": "girl, girls, 女孩, 少女, 女の子, niña, chica, fille, mädchen",
        "🧒": "child, children, kid, kids, 孩子, 小孩, 子供, 子ども, enfant, enfants, kind, kinder",
        "💃": "dancer, 舞者, bailarina, danseuse, tänzerin",
        "🏃": "runner, 跑者, corredor, coureur, läufer",
        "🧑‍🚀": "astronaut, astronauts, spaceman, cosmonaut, 宇航员, 宇宙飛行士, astronauta, astronaute, astronautin",
        "🏎️": (
            "sports car, race car, racing car, supercar, ferrari, 跑车, 赛车, スポーツカー, coche deportivo, "
            "voiture de sport, sportwagen"
        ),
        "🚗": "car, automobile, sedan, vehicle, 汽车, 小汽车, 车, 車, 自動車, coche, carro, auto, voiture, wagen",
        "⛵": (
            "sailboat, sailing boat, boat, yacht, sailing ship, 帆船, 小船, 船, ヨット, ボート, 舟, "
            "velero, barco, bote, voilier, bateau, segelboot, boot"
        ),
        "🚢": "schiffe, ship, cruise ship, liner, 轮船, 客船, crucero, navire, paquebot, schiff",
        "🐋": "whale, humpback, 鲸鱼, 鲸, クジラ, 鯨, ballena, baleine, wal",
        "🐦": "vögel, bird, sparrow, songbird, 小鸟, 鸟, 鳥, ことり, 小鳥, pájaro, ave, oiseau, vogel",
        "🕊️": "dove, pigeon, seagull, gull, 海鸥, 鸽子, カモメ, 鳩, gaviota, paloma, mouette, colombe, möwe, taube",
        "🦅": "eagle, hawk, falcon, 老鹰, 鹰, 鷹, 鷲, águila, aigle, adler",
        "🐟": "fische, fish, 鱼, 小鱼, 魚, さかな, pez, peces, poisson, fisch, fische",
        "🐠": "tropical fish, goldfish, clownfish, 金鱼, 热带鱼, 熱帯魚, 金魚",
        "🎧": (
            "headphones, headphone, headset, 耳机, ヘッドホン, ヘッドフォン, auriculares, audífonos, casque, kopfhörer"
        ),
        "🎵": "music, song, melody, 音乐, 音楽, música, musique, musik",
        "🌳": "bäume, tree, oak, 树, 大树, 木, árbol, arbre, baum",
        "🌲": "pine, fir, pine tree, evergreen, 松树, 松, pino, sapin, tanne, kiefer",
        "🌴": "palm, palm tree, palms, 椰子树, 棕榈树, ヤシの木, palmera, palmier, palme",
        "🌻": (
            "flower, flowers, sunflower, sunflowers, 花, 花朵, 向日葵, ひまわり, flor, flores, girasol, fleur, "
            "fleurs, tournesol, blume, blumen, sonnenblume"
        ),
        "🏠": "house, home, cottage, hut, cabin, 房子, 小屋, 家, casa, cabaña, maison, cabane, haus, hütte",
        "🏰": "castle, palace, fortress, 城堡, 城, 宫殿, castillo, palacio, château, palais, schloss, burg",
        "lighthouse": "lighthouse, 灯塔, 灯台, faro, phare, leuchtturm",
        "windmill": "windmill, 风车, 風車, molino, moulin, windmühle",
        "paper boat": "paper boat, paper ship, 纸船, 紙の舟, 折り紙の船, barco de papel, bateau en papier, papierboot",
        "🗼": "tower, 塔, torre, tour, turm",
        "🚀": (
            "rocket, spaceship, spacecraft, starship, 火箭, 飞船, ロケット, 宇宙船, cohete, nave espacial, nave, "
            "fusée, vaisseau, rakete, raumschiff"
        ),
        "🛸": "ufo, flying saucer, 飞碟, ovni, soucoupe volante, untertasse",
        "🤖": "robot, android, 机器人, ロボット, roboter",
        "👻": "ghost, 幽灵, 鬼, 幽霊, お化け, fantasma, fantôme, geist, gespenst",
        "🐉": "dragon, 龙, 竜, ドラゴン, dragón, drache",
        "🦄": "unicorn, 独角兽, ユニコーン, unicornio, licorne, einhorn",
        "🎈": "balloon, balloons, 气球, 風船, globo, globos, ballon, ballons, luftballon",
        "☂️": "umbrella, 雨伞, 伞, 傘, paraguas, parapluie, regenschirm",
        "✈️": "plane, airplane, aeroplane, jet, aircraft, 飞机, 飛行機, avión, avion, flugzeug",
        "🚂": "train, locomotive, steam train, 火车, 列车, 電車, 汽車, 列車, tren, locomotora, train, zug, lokomotive",
        "🚲": "bike, bicycle, 自行车, 自転車, bicicleta, bici, vélo, fahrrad",
        "🦋": (
            "butterfly, butterflies, 蝴蝶, 蝶, 蝶々, mariposa, mariposas, papillon, papillons, schmetterling, "
            "schmetterlinge"
        ),
        "🐢": "turtle, tortoise, 乌龟, 海龟, カメ, 亀, tortuga, tortue, schildkröte",
        "🐻": "bear, teddy bear, teddy, 熊, クマ, oso, ours, bär",
        "🐼": "panda, 熊猫, パンダ",
        "🦊": "fox, 狐狸, キツネ, 狐, zorro, renard, fuchs",
        "🐇": "rabbit, bunny, hare, 兔子, 小兔子, うさぎ, ウサギ, 兎, conejo, liebre, lapin, hase, kaninchen",
        "🐘": "elephant, 大象, 象, ゾウ, elefante, éléphant, elefant",
        "🦁": "lion, 狮子, ライオン, león, lion, löwe",
        "🐅": "tiger, 老虎, トラ, 虎, tigre",
        "🍎": "apple, apples, 苹果, りんご, リンゴ, manzana, pomme, apfel, äpfel",
        "⚽": "ball, football, 球, 足球, ボール, pelota, balón, balle, fußball",
        "⭐": "star, 一颗星, estrella, étoile, stern",
        "📖": "book, books, 书, 本, libro, livre, buch",
        "🎂": "cake, birthday cake, 蛋糕, ケーキ, pastel de cumpleaños, gâteau, kuchen, torte",
        "🔥": (
            "fire, flame, campfire, bonfire, 火, 火焰, 篝火, 焚き火, 炎, fuego, hoguera, feu, flamme, feuer, lagerfeuer"
        ),
        "⛄": "snowman, 雪人, 雪だるま, muñeco de nieve, bonhomme de neige, schneemann",
        "👑": "crown, 皇冠, 王冠, corona, couronne, krone",
        "🤴": "king, prince, 国王, 王子, 王様, rey, príncipe, roi, prince, könig, prinz",
        "👸": "queen, princess, 女王, 公主, 王女, お姫様, reina, princesa, reine, princesse, königin, prinzessin",
        "🧙": "wizard, mage, witch, 巫师, 女巫, 魔法使い, 魔女, mago, bruja, magicien, sorcière, zauberer, hexe",
        "🐧": "penguin, penguins, 企鹅, ペンギン, pingüino, pingouin, pinguin",
        "🍂": ("maple leaf, leaf, 枫叶, 葉っぱ, hoja, feuille, blatt"),
    }
)
