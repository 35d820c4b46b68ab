"""The page's template as a JavaScript function, so that a browser can render the page again and compare it.

A small part of Jinja is enough for a page, and only what means the same in both languages is let through: text,
expressions over plain JSON values, `for`, `if`, `set`, `include` (not inside an `if`), macros, filters of `words`.
Anything else raises Invalid when the template is loaded, so that no page is published that a browser can't check.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from jinja2 import Environment, nodes

from kept.errors import Invalid
from kept.practices.reporting.methods.page import escape

COMPARISONS = {"eq": "===", "ne": "!==", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
ARITHMETIC = {nodes.Add: "+", nodes.Sub: "-", nodes.Mul: "*", nodes.Div: "/"}
TESTS = {"none": "({} === null)", "defined": "({} !== undefined)"}


def script_of(environment: Environment, template: str, *, called: str) -> str:
    """A JavaScript function `called(context)` that gives the text which a template renders to. Raises Invalid."""
    compiler = _Compiler(environment)
    body = "".join(compiler.block(compiler.template(template).body, _Frame()))
    return f"function {called}(context) {{\nconst out = [];\n{body}return out.join('');\n}}\n"


@dataclass
class _Frame:
    """The names that are known in one scope, and what they are called in JavaScript."""

    outer: "_Frame | None" = None
    names: dict[str, str] = field(default_factory=dict)

    def holds(self, name: str) -> bool:
        return name in self.names or (self.outer is not None and self.outer.holds(name))

    def find(self, name: str) -> str:
        if name in self.names:
            return self.names[name]
        return self.outer.find(name) if self.outer else f"known(context, {json.dumps(name)})"


class _Compiler:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._filters = environment.filters
        self._count = 0

    def template(self, name: str) -> nodes.Template:
        """A template of the environment, parsed."""
        if self._environment.loader is None:
            raise Invalid("There is nowhere to load templates from.", code="report.template")
        source, _, _ = self._environment.loader.get_source(self._environment, name)
        return self._environment.parse(source)

    def block(self, body: list[nodes.Node], frame: _Frame, *, conditional: bool = False) -> Iterator[str]:
        for node in body:
            if isinstance(node, nodes.Output):
                yield from (f"out.push({self._output(part, frame)});\n" for part in node.nodes)
            elif isinstance(node, nodes.For):
                yield from self._loop(node, frame)
            elif isinstance(node, nodes.If):
                yield from self._condition(node, frame)
            elif isinstance(node, nodes.Macro):
                yield from self._macro(node, frame)
            elif isinstance(node, nodes.Include) and isinstance(node.template, nodes.Const) and not conditional:
                yield from self.block(self.template(node.template.value).body, _Frame(frame))
            elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
                if conditional and frame.holds(node.target.name):
                    # Jinja would go on with the new value behind the `if`, and this would not.
                    raise _unknown(node)
                value = self.value(node.node, frame)
                frame.names[node.target.name] = name = self._name(node.target.name)
                yield f"const {name} = {value};\n"
            else:
                raise _unknown(node)

    def value(self, node: nodes.Node, frame: _Frame) -> str:
        """The expression in JavaScript."""
        for kind, compile_ in self._EXPRESSIONS.items():
            if isinstance(node, kind):
                return compile_(self, node, frame)
        if type(node) in ARITHMETIC and isinstance(node, nodes.BinExpr):
            sign = ARITHMETIC[type(node)]
            return f"number({self.value(node.left, frame)}, {json.dumps(sign)}, {self.value(node.right, frame)})"
        raise _unknown(node)

    def _output(self, node: nodes.Node, frame: _Frame) -> str:
        if isinstance(node, nodes.TemplateData):
            return _quoted(node.data)
        return f"shown({self.value(node, frame)})"

    def _loop(self, node: nodes.For, frame: _Frame) -> Iterator[str]:
        if node.recursive or not isinstance(node.target, nodes.Name | nodes.Tuple):
            raise _unknown(node)
        items, loop = self._name("items"), self._name("loop")
        inner = _Frame(frame)
        target = self._target(node.target, inner)
        test = f".filter(({target}) => truth({self.value(node.test, inner)}))" if node.test else ""
        inner.names["loop"] = loop
        yield f"const {items} = list({self.value(node.iter, frame)}){test};\n"
        yield f"for (const [{loop}_at, {target}] of {items}.entries()) {{\n"
        last = f"{loop}_at === {items}.length - 1"
        yield f"const {loop} = {{ first: {loop}_at === 0, last: {last}, index: {loop}_at + 1 }};\n"
        yield from self.block(node.body, inner)
        yield "}\n"
        if node.else_:
            yield f"if (!{items}.length) {{\n"
            yield from self.block(node.else_, _Frame(frame))
            yield "}\n"

    def _target(self, node: nodes.Node, frame: _Frame) -> str:
        if isinstance(node, nodes.Tuple):
            return f"[{', '.join(self._target(item, frame) for item in node.items)}]"
        if not isinstance(node, nodes.Name):
            raise _unknown(node)
        frame.names[node.name] = name = self._name(node.name)
        return name

    def _condition(self, node: nodes.If, frame: _Frame) -> Iterator[str]:
        branches = [(node.test, node.body), *((each.test, each.body) for each in node.elif_)]
        for number, (test, body) in enumerate(branches):
            yield f"{'} else ' if number else ''}if (truth({self.value(test, frame)})) {{\n"
            yield from self.block(body, _Frame(frame), conditional=True)
        if node.else_:
            yield "} else {\n"
            yield from self.block(node.else_, _Frame(frame), conditional=True)
        yield "}\n"

    def _macro(self, node: nodes.Macro, frame: _Frame) -> Iterator[str]:
        if node.defaults:
            raise _unknown(node)
        frame.names[node.name] = name = self._name(node.name)
        inner = _Frame(frame)
        arguments = ", ".join(self._target(argument, inner) for argument in node.args)
        yield f"function {name}({arguments}) {{\nconst out = [];\n"
        yield from self.block(node.body, inner)
        yield "return new Markup(out.join(''));\n}\n"

    def _filter(self, node: nodes.Filter, frame: _Frame) -> str:
        if node.node is None or node.kwargs or node.name not in self._filters:
            raise _unknown(node)
        arguments = ", ".join(self.value(each, frame) for each in (node.node, *node.args))
        return f"FILTERS.{node.name}({arguments})"

    def _call(self, node: nodes.Call, frame: _Frame) -> str:
        if not isinstance(node.node, nodes.Name) or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise _unknown(node)
        return f"{frame.find(node.node.name)}({', '.join(self.value(each, frame) for each in node.args)})"

    def _attribute(self, node: nodes.Getattr, frame: _Frame) -> str:
        if hasattr(dict, node.attr):
            # Jinja would take the method of the mapping for it.
            raise _unknown(node)
        return f"member({self.value(node.node, frame)}, {json.dumps(node.attr)})"

    def _item(self, node: nodes.Getitem, frame: _Frame) -> str:
        if isinstance(node.arg, nodes.Slice):
            raise _unknown(node)
        return f"member({self.value(node.node, frame)}, {self.value(node.arg, frame)})"

    def _compare(self, node: nodes.Compare, frame: _Frame) -> str:
        (operand,) = node.ops
        left, right = self.value(node.expr, frame), self.value(operand.expr, frame)
        if operand.op in ("in", "notin"):
            return f"{'!' if operand.op == 'notin' else ''}contains({left}, {right})"
        return f"({left} {COMPARISONS[operand.op]} {right})"

    def _test(self, node: nodes.Test, frame: _Frame) -> str:
        if node.name not in TESTS:
            raise _unknown(node)
        return TESTS[node.name].format(self.value(node.node, frame))

    def _list(self, node: nodes.List | nodes.Tuple, frame: _Frame) -> str:
        return f"[{', '.join(self.value(each, frame) for each in node.items)}]"

    def _choice(self, node: nodes.CondExpr, frame: _Frame) -> str:
        if node.expr2 is None:
            raise _unknown(node)
        test, one, other = (self.value(each, frame) for each in (node.test, node.expr1, node.expr2))
        return f"(truth({test}) ? {one} : {other})"

    def _concat(self, node: nodes.Concat, frame: _Frame) -> str:
        return f"[{', '.join(f'words({self.value(each, frame)})' for each in node.nodes)}].join('')"

    def _constant(self, node: nodes.Const, frame: _Frame) -> str:
        return _quoted(node.value)

    def _both(self, node: nodes.And, frame: _Frame) -> str:
        return f"(truth({self.value(node.left, frame)}) && truth({self.value(node.right, frame)}))"

    def _either(self, node: nodes.Or, frame: _Frame) -> str:
        return f"(truth({self.value(node.left, frame)}) || truth({self.value(node.right, frame)}))"

    def _negation(self, node: nodes.Not, frame: _Frame) -> str:
        return f"!truth({self.value(node.node, frame)})"

    def _variable(self, node: nodes.Name, frame: _Frame) -> str:
        return frame.find(node.name)

    def _name(self, name: str) -> str:
        self._count += 1
        return f"{name}_{self._count}"

    _EXPRESSIONS: ClassVar[Mapping[type[nodes.Node], Callable[[Any, Any, _Frame], str]]] = {
        nodes.Filter: _filter,
        nodes.Call: _call,
        nodes.Getattr: _attribute,
        nodes.Getitem: _item,
        nodes.Compare: _compare,
        nodes.Test: _test,
        nodes.List: _list,
        nodes.Tuple: _list,
        nodes.CondExpr: _choice,
        nodes.Concat: _concat,
        nodes.Const: _constant,
        nodes.And: _both,
        nodes.Or: _either,
        nodes.Not: _negation,
        nodes.Name: _variable,
    }


def _quoted(value: object) -> str:
    return escape(json.dumps(value, ensure_ascii=False))


def _unknown(node: nodes.Node) -> Invalid:
    return Invalid(
        f"Line {node.lineno} of the page's template uses {type(node).__name__}, which no browser is taught.",
        code="report.template",
        hint="Say it with what script.py lets through.",
    )
