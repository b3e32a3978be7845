"""The words that the animatic obeys, in English, Chinese, Japanese, Spanish, French and German.

Subjects beyond these come from the `emoji` package's names in 14 languages (figures.py).
"""

from __future__ import annotations

from collections.abc import Mapping

Table = Mapping[str, str]


def table(**meanings: str) -> dict[str, str]:
    """Turn meaning="word, word" into word -> meaning."""
    return {word.strip(): meaning for meaning, words in meanings.items() for word in words.split(",") if word.strip()}


TIMES: Table = table(
    dawn=(
        "dawn, sunrise, daybreak, early morning, 日出, 黎明, 清晨, 朝焼け, 夜明け, 日の出, amanecer, alba, aube, "
        "lever du soleil, lever de soleil, aurore, morgengrauen, sonnenaufgang, morgendämmerung"
    ),
    day=(
        "day, daytime, noon, midday, afternoon, morning, sunny, sunshine, sunlight, daylight, sun, 白天, "
        "中午, 正午, 早晨, 早上, 下午, 阳光, 晴天, 太阳, 昼, 朝, 午後, 晴れ, 太陽, día, dia, mediodía, mañana, tarde, "
        "soleado, soleada, sol, jour, midi, matin, après-midi, ensoleillé, soleil, tag, mittag, morgen, nachmittag, "
        "sonnig, sonne"
    ),
    sunset=(
        "sunset, evening, golden hour, 日落, 黄昏, 傍晚, 夕阳, 夕陽, 夕焼け, 夕暮れ, 夕方, 日没, "
        "atardecer, ocaso, puesta de sol, coucher de soleil, coucher du soleil, "
        "soir, soirée, sonnenuntergang, abend"
    ),
    dusk=(
        "dusk, twilight, blue hour, nightfall, 薄暮, 暮色, 夕闇, 宵, crepúsculo, anochecer, crépuscule, heure bleue, "
        "abenddämmerung, dämmerung"
    ),
    night=(
        "night, midnight, nighttime, moonlight, moonlit, starry, moon, 夜晚, 夜里, 夜空, 深夜, 晚上, 夜, 月光, "
        "月亮, 真夜中, 月夜, 月, noche, medianoche, estrellada, luna, nuit, minuit, "
        "étoilée, lune, clair de lune, nacht, mitternacht, mond, mondschein"
    ),
)

WEATHER: Table = table(
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

ENVIRONMENTS: Table = table(
    sea=(
        "sea, ocean, seaside, waves, wave, harbor, harbour, bay, horizon, 大海, 海洋, 海上, 海面, 海浪, 海, 波, mar, "
        "océano, oceano, olas, ola, mer, océan, vagues, vague, meer, ozean, wellen, welle"
    ),
    beach=(
        "beach, shore, coast, sand beach, 海滩, 沙滩, 海边, 海岸, 浜辺, ビーチ, 砂浜, playa, costa, orilla, plage, "
        "côte, rivage, strand, küste"
    ),
    lake=("lake, pond, lagoon, 湖, 湖面, 湖边, 池塘, 池, lago, estanque, lac, étang, teich"),
    river=(
        "river, stream, creek, brook, canal, 河, 河流, 小河, 河边, 小溪, 溪, 川, 小川, río, rio, arroyo, rivière, "
        "fleuve, ruisseau, fluss, bach"
    ),
    street=(
        "street, alley, avenue, shops, market, 街道, 街上, 街头, 小巷, 商店街, 通り, 路地, calle, callejón, tiendas, "
        "mercado, rue, ruelle, marché, straße, strasse, gasse, markt"
    ),
    village=(
        "village, hamlet, countryside village, 村庄, 村子, 小镇, 乡村, 村, 村落, pueblo, aldea, hameau, dorf, städtchen"
    ),
    room=(
        "room, bedroom, living room, kitchen, indoors, inside a house, cafe, café, library, office, 房间, 室内, 卧室, "
        "客厅, 厨房, 屋里, 部屋, 室内, 寝室, habitación, cuarto, dormitorio, sala, cocina, chambre, pièce, salon, "
        "cuisine, zimmer, wohnzimmer, schlafzimmer, küche"
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
    desert=("desert, dunes, dune, sahara, 沙漠, 沙丘, 砂漠, 砂丘, desierto, dunas, désert, dunes, wüste, dünen"),
    meadow=(
        "meadow, field, fields, grass, grassland, garden, park, lawn, prairie, countryside, farm, 草地, 草原, 田野, "
        "花园, 公园, 野原, 庭, 公園, 草, prado, campo, jardín, parque, hierba, pré, prairie, champ, champs, jardin, "
        "parc, herbe, wiese, feld, felder, garten, park, gras"
    ),
    city=(
        "city, skyline, town, road, downtown, skyscraper, skyscrapers, buildings, building, urban, tokyo, new york, "
        "城市, 都市, 马路, 公路, 高楼, 东京, 街, 町, 道路, ビル, 東京, ciudad, carretera, edificios, ville, route, "
        "immeubles, stadt, gebäude"
    ),
    snowfield=(
        "snowfield, tundra, arctic, antarctica, glacier, ice, 雪地, 雪原, 冰川, 北极, 南极, 冰, 氷河, 氷, nevado, "
        "ártico, glaciar, hielo, neigeuse, arctique, glacier, glace, schneefeld, arktis, gletscher, eis"
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

CAMERAS: Table = table(
    pan_left=(
        "pan left, camera pans left, 向左平移, 左移, 左パン, panorámica izquierda, panoramique gauche, "
        "schwenk nach links"
    ),
    pan_right=(
        "pan right, pan, panning, camera pans right, camera pans, tracking shot, camera follows, dolly, 平移, "
        "向右平移, 右移, 跟随镜头, 镜头跟随, パン, 右パン, panorámica, travelling, panoramique, schwenk, "
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

ACTIONS: Table = table(
    run=(
        "run, running, runs, race, racing, races, drive, driving, drives, speeding, gallop, "
        "galloping, 跑, 奔跑, 跑步, 行驶, 开车, 飞驰, 走る, 走っ, 駆ける, correr, corre, corriendo, "
        "conduce, conduciendo, courir, court, courant, roule, rennen, rennt, läuft, fährt, fahren"
    ),
    chase=(
        "chase, chasing, chases, 追, 追逐, 追赶, 追う, 追いかける, persigue, persiguiendo, poursuit, jagt, verfolgt"
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

PLACES: Table = table(
    left="left, on the left, 左边, 左侧, 左, izquierda, gauche, links",
    right="right, on the right, 右边, 右侧, 右, derecha, droite, rechts",
    far=(
        "far away, in the distance, in the background, distant, far, 远处, 远方, 远远, 遠く, 遠方, a lo lejos, lejano, "
        "au loin, lointain, in der ferne, im hintergrund"
    ),
    near=(
        "in the foreground, foreground, up close, in front, 前景, 近处, 眼前, 手前, en primer plano, delante, "
        "au premier plan, devant, im vordergrund, vorne"
    ),
    center="center, centre, in the middle, middle, 中间, 中央, 中心, 真ん中, centro, medio, milieu, mitte",
)

SIZES: Table = table(
    big=(
        "big, large, giant, huge, enormous, gigantic, massive, tall, 大, 巨大, 巨型, 大きな, 大きい, grande, gigante, "
        "enorme, grand, géant, énorme, groß, große, großer, großes, riesig, riesige, riesiger"
    ),
    small=(
        "small, little, tiny, mini, baby, cute, 小, 小小, 迷你, 小さな, 小さい, pequeño, pequeña, pequeñito, petit, "
        "petite, petits, minuscule, klein, kleine, kleiner, kleines, winzig"
    ),
)

COUNTS: Table = table(
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

COLOURS: Table = table(
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
        "26262c": "black, 黑色, 黑, 黒い, 黒, negro, negra, noir, noire, schwarz, schwarze, schwarzer",
        "f4f4f2": "white, 白色, 白, 白い, blanco, blanca, blanc, blanche, weiß, weiße, weißer",
        "8c929c": "grey, gray, silver, 灰色, 银色, 灰色の, gris, plateado, grau, graue, silbern",
    }
)

SEASONS: Table = table(
    spring="spring, springtime, 春天, 春, 春季, primavera, printemps, frühling",
    summer="summer, summertime, 夏天, 夏, 夏季, verano, été, sommer",
    autumn="autumn, autumnal, fall foliage, 秋天, 秋, 秋季, otoño, automne, herbst",
    winter="winter, wintry, 冬天, 冬, 冬季, invierno, hiver, winter",
)

MOODS: Table = table(
    warm="warm, cozy, cosy, golden light, 温暖, 温馨, 暖かい, cálido, cálida, chaleureux, gemütlich",
    cold="cold, icy, chilly, frosty, 寒冷, 冷, 寒い, 冷たい, frío, fría, froid, froide, kalt, eisig",
    dark="dark, dim, shadowy, 黑暗, 昏暗, 暗い, oscuro, oscura, sombre, dunkel, dunkle",
    bright="bright, radiant, vivid, 明亮, 鲜艳, 明るい, brillante, lumineux, lumineuse, hell, leuchtend",
    gloomy=(
        "gloomy, bleak, melancholic, melancholy, sad, 阴沉, 忧郁, 悲伤, 憂鬱, 悲しい, triste, melancólico, "
        "mélancolique, düster, traurig"
    ),
    dreamy=(
        "dreamy, dreamlike, ethereal, surreal, 梦幻, 梦境, 夢のような, onírico, onirique, rêveur, traumhaft, verträumt"
    ),
    spooky=(
        "spooky, scary, eerie, haunted, creepy, halloween, 恐怖, 阴森, 怖い, 不気味, espeluznante, effrayant, "
        "gruselig, unheimlich"
    ),
    romantic="romantic, 浪漫, ロマンチック, romántico, romantique, romantisch",
    magical=(
        "magical, magic, enchanted, mystical, fantasy, 魔法, 神秘, 幻想, 幻想的, mágico, mágica, magique, "
        "enchanté, magisch, verzaubert"
    ),
)

STYLES: Table = table(
    film="film grain, grainy, 35mm, analog film, 胶片, フィルム, grano, grain de film, filmkorn",
    noir=(
        "noir, film noir, black and white, monochrome, 黑白, 白黒, モノクロ, blanco y negro, noir et blanc, "
        "schwarz-weiß, schwarzweiß"
    ),
    watercolour="watercolour, watercolor, aquarelle, 水彩, 水彩画, acuarela, aquarell",
    neon="neon, cyberpunk, synthwave, 霓虹, 霓虹灯, 赛博朋克, ネオン, サイバーパンク, neón, néon",
    pastel="pastel, soft colours, soft colors, 柔和, 粉彩, パステル, colores suaves, pastell",
    vintage="vintage, retro, sepia, old film, 复古, 怀旧, レトロ, セピア, antiguo, rétro, sépia, nostalgisch",
)

FEATURES: Table = table(
    aurora=(
        "northern lights, aurora borealis, aurora, polar lights, 北极光, 极光, オーロラ, aurora boreal, "
        "aurore boréale, polarlichter, polarlicht, nordlichter, nordlicht"
    ),
    rainbow="rainbow, 彩虹, 虹, arcoíris, arcoiris, arc-en-ciel, regenbogen",
    fireflies="fireflies, firefly, 萤火虫, 蛍, ホタル, luciérnagas, lucioles, glühwürmchen",
    fireworks=(
        "fireworks, firework, 烟花, 烟火, 花火, fuegos artificiales, feux d'artifice, feu d'artifice, feuerwerk"
    ),
    leaves=(
        "falling leaves, leaves, autumn leaves, 落叶, 秋叶, 落ち葉, 紅葉, hojas, feuilles mortes, feuilles, "
        "blätter, laub"
    ),
    petals=(
        "petals, falling petals, cherry blossom, cherry blossoms, blossoms, sakura, 花瓣, 樱花, 花びら, "
        "桜の花びら, 桜吹雪, 桜, pétalos, flor de cerezo, pétales, cerisier, blütenblätter, kirschblüte, kirschblüten"
    ),
    stars="stars, starry sky, 星空, 星星, 星, estrellas, étoiles, sterne, sternenhimmel",
    mars="mars, red planet, 火星, marte",
    meteors=(
        "shooting star, shooting stars, meteor, meteors, 流星, 流れ星, estrella fugaz, étoile filante, "
        "sternschnuppe, sternschnuppen"
    ),
)

SPEEDS: Table = table(
    slow=(
        "slow, slowly, slow motion, gently, 慢慢, 缓缓, 慢动作, 缓慢, ゆっくり, lento, lenta, lentamente, lent, "
        "lente, lentement, langsam"
    ),
    fast=(
        "fast, quickly, rapid, rapidly, quick, swiftly, 快速, 飞快, 迅速, 速く, 素早く, rápido, rápidamente, "
        "vite, rapide, rapidement, schnell"
    ),
)
