"""Question forms and answer keys for tests: by hand, and of every shape that is allowed."""

from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st

from market.kit import SCHEMAS

OLD, NEW = "2005-10-01", "2017-11-06"
TEXT = "<FreeTextAnswer/>"
UPLOAD = (
    "<FileUploadAnswer><MaxFileSizeInBytes>30</MaxFileSizeInBytes>"
    "<MinFileSizeInBytes>2</MinFileSizeInBytes></FileUploadAnswer>"
)
BINARY = (
    "<Binary><MimeType><Type>image</Type><SubType>gif</SubType></MimeType>"
    "<DataURL>http://example.org/a.gif</DataURL><AltText>A board</AltText></Binary>"
)
APPLET = (
    "<Application><JavaApplet><AppletPath>http://example.org/</AppletPath>"
    "<AppletFilename>A.class</AppletFilename><Width>4</Width><Height>3</Height>"
    "<ApplicationParameter><Name>n</Name><Value>v</Value></ApplicationParameter>"
    "</JavaApplet></Application>"
)


def form(*parts: str, version: str = OLD) -> str:
    return (
        f'<QuestionForm xmlns="{SCHEMAS}{version}/QuestionForm.xsd">{"".join(parts)}</QuestionForm>'
    )


def question(answer: str = TEXT, identifier: str = "q", content: str = "<Text>?</Text>") -> str:
    return (
        f"<Question><QuestionIdentifier>{identifier}</QuestionIdentifier>"
        f"<QuestionContent>{content}</QuestionContent>"
        f"<AnswerSpecification>{answer}</AnswerSpecification></Question>"
    )


def constrained(constraints: str) -> str:
    return f"<FreeTextAnswer><Constraints>{constraints}</Constraints></FreeTextAnswer>"


def selection(*identifiers: str, before: str = "", after: str = "") -> str:
    choices = "".join(
        f"<Selection><SelectionIdentifier>{each}</SelectionIdentifier><Text>{each}</Text></Selection>"
        for each in identifiers
    )
    return f"<SelectionAnswer>{before}<Selections>{choices}{after}</Selections></SelectionAnswer>"


def formatted(content: str) -> str:
    return f"<FormattedContent><![CDATA[{content}]]></FormattedContent>"


def option(score: int, *identifiers: str) -> str:
    selected = "".join(f"<SelectionIdentifier>{each}</SelectionIdentifier>" for each in identifiers)
    return f"<AnswerOption>{selected}<AnswerScore>{score}</AnswerScore></AnswerOption>"


def key_question(*options: str, identifier: str = "q", default: str = "") -> str:
    return (
        f"<Question><QuestionIdentifier>{identifier}</QuestionIdentifier>{''.join(options)}{default}"
        "</Question>"
    )


def answer_key(*parts: str, mapping: str = "") -> str:
    last = f"<QualificationValueMapping>{mapping}</QualificationValueMapping>" if mapping else ""
    return f'<AnswerKey xmlns="{SCHEMAS}{OLD}/AnswerKey.xsd">{"".join(parts)}{last}</AnswerKey>'


# Forms of every shape

_words = st.text(
    st.characters(max_codepoint=0xFFFD, exclude_categories=("Cs", "Cc")), max_size=20
).map(escape)
_identifiers = st.text("abcXYZ019 .-_<é", min_size=1, max_size=10).filter(str.strip).map(str.strip)
_urls = st.sampled_from(["http://example.org/a", "https://example.org/?a=1&amp;b=2", " HTTP://x "])
_types = st.sampled_from(["image", "audio", "video", "application"])
_attributes = _words.map(lambda text: quoteattr(text))


@st.composite
def _formatted(draw, depth: int = 0) -> str:
    if depth > 3:
        return draw(_words)
    inner = "".join(draw(st.lists(_formatted(depth + 1), max_size=3)))
    tag = draw(st.sampled_from(["p", "b", "table", "td", "h1", "font", "a", "ul", "li", "center"]))
    title = draw(_attributes.map(lambda value: f" title={value}") | st.just(""))
    leaf = st.sampled_from(["<br/>", "&nbsp;", '<img src="http://example.org/" alt=""/>'])
    return draw(st.just(f"<{tag}{title}>{inner}</{tag}>") | leaf | _words)


@st.composite
def _media(draw, name: str = "Binary", mime_type: str = "MimeType", box: str = "") -> str:
    return (
        f"<{name}><{mime_type}><Type>{draw(_types)}</Type></{mime_type}>"
        f"<DataURL>{draw(_urls)}</DataURL><AltText>{draw(_words)}</AltText>{box}</{name}>"
    )


_BOX = "<Width>4</Width><Height>3</Height>"
_blocks = st.one_of(
    _words.map(lambda text: f"<Title>{text}</Title>"),
    _words.map(lambda text: f"<Text>{text}</Text>"),
    _words.map(lambda text: f"<List><ListItem>{text}</ListItem><ListItem/></List>"),
    _formatted().map(formatted),
    _media(),
    _media("EmbeddedBinary", "EmbeddedMimeType", _BOX),
)
_content = st.lists(_blocks, min_size=1, max_size=3).map("".join)
_limits = st.tuples(st.integers(1, 50), st.integers(50, 100))
_constraints = st.builds(
    lambda numeric, length, patterns: numeric + length + "".join(patterns),
    _limits.map(lambda pair: '<IsNumeric minValue="-{}" maxValue="{}"/>'.format(*pair))
    | st.just(""),
    _limits.map(lambda pair: '<Length minLength="{}" maxLength="{}"/>'.format(*pair)) | st.just(""),
    st.lists(
        st.sampled_from([r"\S", r"(^$|\S{2,})", r"(?&lt;y>\d{4})"]).map(
            lambda pattern: f'<AnswerFormatRegex regex="{pattern}" flags="i" errorText="?"/>'
        ),
        max_size=2,
    ),
)
_free_texts = st.builds(
    lambda constraints, rest: f"<Constraints>{constraints}</Constraints>{rest}",
    _constraints,
    st.sampled_from(["", "<DefaultText> a\n</DefaultText>", "<NumberOfLinesSuggestion>3</NumberOfLinesSuggestion>"]),
)  # fmt: skip


@st.composite
def _selections(draw) -> str:
    identifiers = draw(st.lists(_identifiers, min_size=1, max_size=5, unique=True))
    most = draw(st.integers(1, len(identifiers)))
    least = draw(st.integers(0, most))
    counts = (
        f"<MinSelectionCount>{least}</MinSelectionCount>"
        f"<MaxSelectionCount>{most}</MaxSelectionCount>"
    )
    other = draw(
        st.just("") | _free_texts.map(lambda text: f"<OtherSelection>{text}</OtherSelection>")
    )
    return selection(*map(escape, identifiers), before=counts, after=other)


_answers = st.one_of(
    _free_texts.map(lambda text: f"<FreeTextAnswer>{text}</FreeTextAnswer>"), _selections()
)


@st.composite
def forms(draw) -> str:
    """Any form that the schema of either version and the words beside it allow."""
    version = draw(st.sampled_from([OLD, NEW]))
    extra = st.sampled_from([UPLOAD]) if version == OLD else st.nothing()
    identifiers = draw(st.lists(_identifiers, min_size=1, max_size=4, unique=True))
    parts = [question(draw(_answers | extra), escape(each), draw(_content)) for each in identifiers]
    overviews = [f"<Overview>{each}</Overview>" for each in draw(st.lists(_content, max_size=2))]
    return form(*draw(st.permutations(parts + overviews)), version=version)
