"""The words that the animatic obeys, in English, Chinese, Japanese, Spanish, French and German.

Subjects beyond these come from the `emoji` package's names in 14 languages (figures.py).
"""

from __future__ import annotations

from collections.abc import Mapping

Table = Mapping[str, str]


def _table(**meanings: str) -> dict[str, str]:
    """Turn meaning="word, word" into word -> meaning."""
    return {word.strip(): meaning for meaning, words in meanings.items() for word in words.split(",") if word.strip()}


TIMES: Table = _table(
    dawn=(
        "dawn, sunrise, daybreak, early morning, 日出, 黎明, 清晨, 朝焼け, 夜明け, 日の出, amanecer, alba, aube, "
        "lever du soleil, lever de soleil, aurore, morgengrauen, sonnenaufgang, morgendämmerung"
    ),
    day=(
        "day, daytime, noon, midday, afternoon, morning, sunny, sunshine, sunlight, daylight, bright, sun, 白天, "
        "中午, 正午, 早晨, 早上, 下午, 阳光, 晴天, 太阳, 昼, 朝, 午後, 晴れ, 太陽, día, dia, mediodía, mañana, tarde, "
        "soleado, soleada, sol, jour, midi, matin, après-midi, ensoleillé, soleil, tag, mittag, morgen, nachmittag, "
        "sonnig, sonne"
    ),
    sunset=(
        "sunset, dusk, twilight, evening, golden hour, 日落, 黄昏, 傍晚, 夕阳, 夕陽, 夕焼け, 夕暮れ, 夕方, 日没, "
        "atardecer, ocaso, anochecer, puesta de sol, crepúsculo, coucher de soleil, coucher du soleil, crépuscule, "
        "soir, soirée, sonnenuntergang, abenddämmerung, abend, dämmerung"
    ),
    night=(
        "night, midnight, nighttime, moonlight, moonlit, starry, stars, moon, 夜晚, 夜里, 夜空, 深夜, 晚上, 夜, 月光, "
        "星空, 星星, 月亮, 真夜中, 月夜, 星, 月, noche, medianoche, estrellada, estrellas, luna, nuit, minuit, "
        "étoilée, étoiles, lune, clair de lune, nacht, mitternacht, sterne, sternenhimmel, mond, mondschein"
    ),
)

WEATHER: Table = _table(
    rain=(
        "rain, rainy, raining, drizzle, shower, downpour, heavy rain, rainstorm, 下雨, 雨天, 大雨, 雨中, 暴雨, 雨, "
        "lluvia, lloviendo, lluvioso, lluviosa, pluie, pluvieux, regen, regnerisch, regnet"
    ),
    storm=(
        "storm, stormy, thunderstorm, thunder, lightning, tempest, 雷雨, 暴风雨, 闪电, 打雷, 嵐, 雷, 稲妻, tormenta, "
        "relámpago, trueno, orage, tempête, éclair, éclairs, tonnerre, sturm, gewitter, blitz, blitze, donner"
    ),
    snow=(
        "snow, snowy, snowing, snowfall, snowflakes, blizzard, 下雪, 雪花, 大雪, 飘雪, 吹雪, 雪, nieve, nevando, "
        "nevada, neige, neigeux, schnee, schneit, verschneit, schneefall"
    ),
    fog=(
        "fog, foggy, mist, misty, haze, hazy, 雾, 大雾, 薄雾, 霧, 靄, niebla, neblina, brume, brouillard, nebel, neblig"
    ),
    clouds=(
        "cloud, clouds, cloudy, overcast, 云, 多云, 阴天, 白云, 雲, 曇り, nube, nubes, nublado, nuage, nuages, "
        "nuageux, wolke, wolken, bewölkt"
    ),
    clear="clear, cloudless, clear sky, 晴朗, 晴空, 快晴, despejado, dégagé, klar, wolkenlos",
    wind="wind, windy, breeze, breezy, 风, 微风, 大风, 風, viento, brisa, vent, brise, wind",
)

ENVIRONMENTS: Table = _table(
    sea=(
        "sea, ocean, seaside, waves, wave, harbor, harbour, bay, horizon, 大海, 海洋, 海上, 海面, 海浪, 海, 波, mar, "
        "océano, oceano, olas, ola, mer, océan, vagues, vague, meer, ozean, wellen, welle"
    ),
    beach=(
        "beach, shore, coast, sand beach, 海滩, 沙滩, 海边, 海岸, 浜辺, ビーチ, 砂浜, playa, costa, orilla, plage, "
        "côte, rivage, strand, küste"
    ),
    lake=(
        "lake, pond, river, stream, 湖, 湖面, 湖边, 池塘, 河, 河流, 小河, 池, 川, lago, estanque, río, rio, lac, "
        "étang, rivière, fleuve, teich, fluss, bach"
    ),
    mountains=(
        "mountain, mountains, hill, hills, peak, peaks, valley, cliff, alps, 山, 高山, 群山, 山脉, 雪山, 山顶, 山谷, "
        "山々, 丘, 谷, montaña, montañas, colina, colinas, valle, montagne, montagnes, colline, collines, vallée, "
        "berg, berge, hügel, tal, gebirge"
    ),
    forest=(
        "forest, woods, jungle, woodland, trees, 森林, 树林, 丛林, 林中, 森, 林, ジャングル, bosque, selva, forêt, "
        "jungle, wald, dschungel"
    ),
    desert=(
        "desert, dunes, dune, sahara, mars, 沙漠, 沙丘, 火星, 砂漠, 砂丘, desierto, dunas, marte, désert, dunes, "
        "wüste, dünen"
    ),
    meadow=(
        "meadow, field, fields, grass, grassland, garden, park, lawn, prairie, countryside, farm, 草地, 草原, 田野, "
        "花园, 公园, 野原, 庭, 公園, 草, prado, campo, jardín, parque, hierba, pré, prairie, champ, champs, jardin, "
        "parc, herbe, wiese, feld, felder, garten, park, gras"
    ),
    city=(
        "city, skyline, town, street, road, downtown, skyscraper, skyscrapers, buildings, building, urban, village, "
        "tokyo, new york, 城市, 都市, 街道, 街上, 街头, 马路, 高楼, 村庄, 东京, 街, 町, 道路, 村, ビル, 東京, ciudad, "
        "calle, carretera, edificios, pueblo, ville, rue, route, immeubles, village, stadt, straße, strasse, gebäude, "
        "dorf"
    ),
    snowfield=(
        "snowfield, tundra, arctic, antarctica, glacier, ice, winter, 雪地, 雪原, 冰川, 北极, 南极, 冰, 冬天, 冬, "
        "氷河, 氷, nevado, ártico, glaciar, invierno, hielo, neigeuse, arctique, glacier, hiver, glace, schneefeld, "
        "arktis, gletscher, winter, eis"
    ),
    space=(
        "space, outer space, galaxy, cosmos, universe, nebula, planet, planets, orbit, 太空, 宇宙, 银河, 星系, 星云, "
        "行星, 銀河, 惑星, espacio, galaxia, universo, planeta, espace, galaxie, univers, planète, weltraum, weltall, "
        "galaxie, universum, planet"
    ),
    underwater=(
        "underwater, undersea, coral reef, reef, coral, seabed, deep sea, aquarium, 水下, 海底, 珊瑚礁, 珊瑚, 水中, "
        "サンゴ礁, サンゴ, submarino, bajo el agua, arrecife, coral, sous-marin, sous l'eau, récif, corail, "
        "unterwasser, korallenriff, riff"
    ),
    sky="sky, heaven, above the clouds, air, 天空, 天上, 空中, 云端, 空, 大空, cielo, aire, ciel, air, himmel, luft",
)

CAMERAS: Table = _table(
    pan_left=(
        "pan left, camera pans left, 向左平移, 左移, 左パン, panorámica izquierda, panoramique gauche, "
        "schwenk nach links"
    ),
    pan_right=(
        "pan right, pan, panning, camera pans right, camera pans, tracking shot, camera follows, dolly, 平移, "
        "向右平移, 右移, 跟随镜头, 镜头跟随, パン, 右パン, 追いかける, panorámica, travelling, panoramique, schwenk, "
        "kamerafahrt"
    ),
    tilt_up=(
        "tilt up, crane, crane up, crane shot, 上摇, 升镜头, 镜头上移, ティルトアップ, inclinación arriba, grúa, "
        "panoramique haut, grue, schwenk nach oben, kran"
    ),
    tilt_down=(
        "tilt down, crane down, 下摇, 镜头下移, ティルトダウン, inclinación abajo, panoramique bas, schwenk nach unten"
    ),
    zoom_in=(
        "zoom in, zoom, zooms in, close-up, close up, closeup, push in, dolly in, 推进, 放大, 特写, 推近, 镜头推近, "
        "ズームイン, ズーム, クローズアップ, acercamiento, primer plano, gros plan, zoom avant, nahaufnahme, "
        "heranzoomen"
    ),
    zoom_out=(
        "zoom out, zooms out, pull back, pull out, dolly out, wide shot, 拉远, 缩小, 镜头拉远, ズームアウト, "
        "alejamiento, plano general, zoom arrière, plan large, herauszoomen, totale"
    ),
    orbit="orbit shot, camera orbits, orbiting, 环绕, 环绕镜头, 回り込み, órbita, orbite, umkreisen",
    handheld="handheld, shaky, 手持, 手持镜头, 手持ち, cámara en mano, caméra à l'épaule, handkamera",
    static=(
        "static, static camera, still camera, fixed camera, locked camera, 静止镜头, 固定镜头, 固定カメラ, "
        "cámara fija, estática, caméra fixe, statique, statische kamera, feste kamera"
    ),
)

ACTIONS: Table = _table(
    run=(
        "run, running, runs, race, racing, races, chase, chasing, chases, drive, driving, drives, speeding, gallop, "
        "galloping, 跑, 奔跑, 跑步, 追, 追逐, 行驶, 开车, 飞驰, 走る, 走っ, 駆ける, 追う, correr, corre, corriendo, "
        "conduce, conduciendo, courir, court, courant, roule, rennen, rennt, läuft, fährt, fahren, jagt"
    ),
    walk=(
        "walk, walking, walks, stroll, strolling, wander, wandering, march, marching, crawl, crawling, 走, 走路, "
        "散步, 行走, 漫步, 歩く, 歩い, 散歩, caminar, camina, caminando, pasea, marcher, marche, promène, gehen, "
        "geht, spaziert"
    ),
    fly=(
        "fly, flying, flies, soar, soaring, glide, gliding, hover, hovering, float, floating, floats, 飞, 飞行, 飞翔, "
        "飘, 漂浮, 飛ぶ, 飛ん, 飛行, 浮かぶ, volar, vuela, volando, flota, flotando, voler, vole, volant, flotte, "
        "fliegen, fliegt, schwebt, schweben"
    ),
    swim=(
        "swim, swimming, swims, dive, diving, sail, sailing, sails, 游泳, 游, 潜水, 航行, 泳ぐ, 泳い, 潜る, nadar, "
        "nada, nadando, navega, navegando, nager, nage, navigue, schwimmen, schwimmt, segelt, taucht"
    ),
    jump=(
        "jump, jumping, jumps, hop, hopping, hops, leap, leaping, leaps, bounce, bouncing, 跳, 跳跃, 蹦跳, 跳ぶ, "
        "跳ね, ジャンプ, saltar, salta, saltando, sauter, saute, bondit, springen, springt, hüpft"
    ),
    dance=(
        "dance, dancing, dances, party, 跳舞, 舞蹈, 起舞, 踊る, 踊っ, ダンス, bailar, baila, bailando, danser, danse, "
        "dansant, tanzen, tanzt, tanzend"
    ),
    spin=(
        "spin, spinning, spins, rotate, rotating, twirl, twirling, roll, rolling, 旋转, 转动, 打转, 回る, 回転, "
        "girar, gira, girando, tourner, tourne, drehen, dreht"
    ),
    fall=(
        "fall, falling, falls, drop, dropping, descend, 掉落, 落下, 飘落, 降落, 落ちる, 降る, caer, cae, cayendo, "
        "tomber, tombe, fallen, fällt"
    ),
    rise=(
        "rise, rising, rises, launch, launching, launches, lift off, liftoff, take off, takes off, ascend, climb, "
        "climbing, 升起, 上升, 发射, 起飞, 爬, 昇る, 打ち上げ, 登る, despega, sube, subiendo, monte, décolle, steigt, "
        "startet, klettert"
    ),
    wave="waving, greeting, 挥手, 招手, 手を振る, saludando, salue, winkt",
    sleep=(
        "sleep, sleeping, sleeps, rest, resting, sit, sitting, sits, lying, 睡觉, 睡, 休息, 坐, 躺, 寝る, 眠る, 眠っ, "
        "座る, 座っ, dormir, duerme, durmiendo, sentado, sentada, dort, assis, assise, schläft, schlafen, sitzt, "
        "sitzend"
    ),
)

PLACES: Table = _table(
    left="left, on the left, 左边, 左侧, 左, izquierda, gauche, links",
    right="right, on the right, 右边, 右侧, 右, derecha, droite, rechts",
    center="center, centre, in the middle, middle, 中间, 中央, 中心, 真ん中, centro, medio, milieu, mitte",
)

SIZES: Table = _table(
    big=(
        "big, large, giant, huge, enormous, gigantic, massive, tall, 大, 巨大, 巨型, 大きな, 大きい, grande, gigante, "
        "enorme, grand, géant, énorme, groß, große, großer, großes, riesig, riesige, riesiger"
    ),
    small=(
        "small, little, tiny, mini, baby, cute, 小, 小小, 迷你, 小さな, 小さい, pequeño, pequeña, pequeñito, petit, "
        "petite, petits, minuscule, klein, kleine, kleiner, kleines, winzig"
    ),
)

COUNTS: Table = _table(
    **{
        "1": "one, single, lone, 一只, 一个, 一辆, 一艘, 一条, 一匹, 一名, 一位, 一架, 一座, 一棵, 一朵, 一人",
        "2": "two, pair, couple, twin, 两只, 两个, 两, 二, 二匹, 二人, dos, deux, zwei",
        "3": "three, 三只, 三个, 三名, 三, 三匹, 三人, tres, trois, drei",
        "4": "four, 四只, 四个, 四, cuatro, quatre, vier",
        "5": (
            "five, several, many, some, flock, group, crowd, lots, 五只, 五个, 五, 几只, 许多, 很多, 一群, たくさん, "
            "cinco, muchos, muchas, varios, varias, cinq, plusieurs, beaucoup, fünf, viele, mehrere"
        ),
    }
)

COLOURS: Table = _table(
    **{
        "d62b2b": "red, crimson, scarlet, 红色, 红, 赤い, 赤, rojo, roja, rouge, rot, rote, roter, rotes",
        "f08a1d": "orange, 橙色, 橙, オレンジ, naranja, orangefarben",
        "f5cf2e": (
            "yellow, golden, gold, 黄色, 黄, 金色, 黄色い, amarillo, amarilla, dorado, jaune, doré, gelb, gelbe, "
            "gelber, golden, goldene"
        ),
        "3aa655": "green, emerald, 绿色, 绿, 緑, 緑の, verde, vert, verte, grün, grüne, grüner",
        "2f6fde": "blue, azure, turquoise, 蓝色, 蓝, 青い, 青, azul, bleu, bleue, blau, blaue, blauer, blaues",
        "7b4bd1": "purple, violet, 紫色, 紫, morado, morada, violeta, lila, violette",
        "ef7fb0": "pink, magenta, 粉色, 粉红, ピンク, rosa, rose",
        "8a5a34": "brown, 棕色, 褐色, 茶色, marrón, brun, marron, braun, braune",
        "26262c": "black, dark, 黑色, 黑, 黒い, 黒, negro, negra, noir, noire, schwarz, schwarze, schwarzer",
        "f4f4f2": "white, 白色, 白, 白い, blanco, blanca, blanc, blanche, weiß, weiße, weißer",
        "8c929c": "grey, gray, silver, 灰色, 银色, 灰色の, gris, plateado, grau, graue, silbern",
    }
)

SYNONYMS: Table = _table(
    **{
        "🐈": "cat, kitten, kitty, 猫咪, 小猫, 猫, 子猫, ねこ, ネコ, gato, gata, gatito, chat, chaton, katze, kätzchen",
        "🐕": (
            "hunde, dog, puppy, doggy, 小狗, 狗, 狗狗, 子犬, 犬, いぬ, イヌ, perro, perra, "
            "perrito, chien, chiot, hund, "
            "hündchen, welpe"
        ),
        "🐎": "pferde, horse, pony, 马, 骏马, 馬, caballo, cheval, pferd",
        "🧍": (
            "person, human, people, somebody, someone, figure, 人, 行人, 人物, persona, gente, personne, gens, "
            "mensch, menschen, person"
        ),
        "🧍‍♂️": (
            "men, männer, man, guy, boy, gentleman, 男人, 男孩, 男子, 少年, 男の子, 男, "
            "hombre, niño, chico, homme, garçon, mann, "
            "junge"
        ),
        "🧍‍♀️": (
            "women, children, kinder, woman, girl, lady, child, kid, "
            "女人, 女孩, 女子, 少女, 孩子, 女の子, 女, 子供, mujer, niña, chica, "
            "femme, fille, enfant, frau, mädchen, kind"
        ),
        "💃": "dancer, 舞者, bailarina, danseuse, tänzerin",
        "🏃": "runner, 跑者, corredor, coureur, läufer",
        "🧑‍🚀": "astronaut, astronauts, spaceman, cosmonaut, 宇航员, 宇宙飛行士, astronauta, astronaute, astronautin",
        "🏎️": (
            "sports car, race car, racing car, supercar, ferrari, 跑车, 赛车, スポーツカー, coche deportivo, "
            "voiture de sport, sportwagen"
        ),
        "🚗": "car, automobile, sedan, vehicle, 汽车, 小汽车, 车, 車, 自動車, coche, carro, auto, voiture, wagen",
        "⛵": (
            "sailboat, sailing boat, boat, yacht, sailing ship, paper boat, 帆船, 小船, 船, 纸船, ヨット, ボート, 舟, "
            "velero, barco, bote, voilier, bateau, segelboot, boot, papierboot"
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
        "🌸": "blossom, cherry blossom, sakura, cherry blossoms, 樱花, 桜, flor de cerezo, cerisier, kirschblüte",
        "🌻": (
            "flower, flowers, sunflower, sunflowers, 花, 花朵, 向日葵, ひまわり, flor, flores, girasol, fleur, "
            "fleurs, tournesol, blume, blumen, sonnenblume"
        ),
        "🏠": "house, home, cottage, hut, cabin, 房子, 小屋, 家, casa, cabaña, maison, cabane, haus, hütte",
        "🏰": "castle, palace, fortress, 城堡, 城, 宫殿, castillo, palacio, château, palais, schloss, burg",
        "🗼": "lighthouse, tower, 灯塔, 塔, 灯台, faro, torre, phare, tour, leuchtturm, turm",
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
        "🔥": (
            "fire, flame, campfire, bonfire, 火, 火焰, 篝火, 焚き火, 炎, fuego, hoguera, feu, flamme, feuer, lagerfeuer"
        ),
        "⛄": "snowman, 雪人, 雪だるま, muñeco de nieve, bonhomme de neige, schneemann",
        "👑": "crown, king, queen, 皇冠, 王冠, corona, couronne, krone",
        "🐧": "penguin, penguins, 企鹅, ペンギン, pingüino, pingouin, pinguin",
        "🍂": (
            "leaves, autumn leaves, autumn, fall foliage, 落叶, 秋天, 秋叶, 紅葉, 落ち葉, 秋, hojas, otoño, feuilles, "
            "automne, blätter, laub, herbst"
        ),
    }
)
