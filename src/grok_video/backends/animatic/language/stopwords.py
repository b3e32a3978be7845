"""Words that say nothing to draw; a note on them would only be noise."""

from __future__ import annotations

# Function words of English, Spanish, French and German.
STOPWORDS = frozenset(
    """
    a above across after against al all along als also am an and animation are around as at au auf aus aux avec
    bajo be beautiful been before behind bei being below beside between but by camera caméra ce cerca ces cet
    cette cinematic clip comme como con cámara d dann dans das de del dem den der des desde detailed die diese
    diesem diesen dieser dieses do does doing down du durch during each ein eine einem einen einer eines el
    ellas elle elles ellos en entre er es esa escena ese est esta estas este estos está están et euch every
    film for from full für gegen  hacia has hasta have having hay hd he her here high him hinter his
    holding holds i ihr ihre il ils im image in into is ist it its just kamera l la las le les light lighting
    lights like listen listening listens ll lo look looking looks los lovely luego make makes making me mehr
    mientras mit more most movie much muy my más nach near neben nice no nosotros not nous o oder of off ohne on
    only onto or ou our out over par para pendant picture plan plus por pour près puis quality que qui
    re realistic ride rides riding aboard montado montada monta reitet
    s sa sans same scene scène se see seen sees sehr sein ses she shot show showing shows sich sie sin
    sind   sobre softly some son sont sous style su sur sus szene t that the their them then there
    these they this those through to toma too toward towards très um un una unas und under une unos unser unter
    until up upon us ve vers very video vidéo view vom von vor vous vídeo was watch watching we wearing wears
    were what when where while who wie wir with without während y you your zu zum zur zwischen über
    """.split()
)

# Particles and measure words of Chinese and Japanese, which stand between the words that matter.
CJK_STOP = frozenset(
    """
    あの ある あれ い いる そば 側  かぶった から が く この これ し して する その それ た つけた
    つけて て ている で です と とても な に の は へ ます まで も や ゆっくり より る れる
    を 一 一下 一片 上 上で 上に 上を 上面 下 下で 下面 与 个 中 中で 中に 中を 也 了 从 他
    他们 位 你 你们 到 前面 匹 及 只 名 后面 听 听着 和 在 场景 她 它 就 差した 座 很 快速
    慢慢 我 我们 或 戴 戴着 把 持った 旁 旁边 是 有 朵 条 架 棵 正 正在 片 画面 的 看 看着
    着 着けた 群 而 聞く 聴き 聴く 艘 被 被った 视频 乗った 乗って
    乗る 骑着 骑 坐在 坐着 乘着 起 辆 边 边上 这 那 都 里 镜头 非常
    """.split()
)
