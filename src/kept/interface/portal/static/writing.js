// How a reader's language writes a moment: as the pages do, from the same texts.

const DATED = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}))?/;

export function moment(calendar, text) {
  const made = document.createElement("time");
  const [, year, month, day, time] = DATED.exec(text) ?? [];
  const filled = (pattern, values) => pattern.replace(/{(\w+)}/g, (_, name) => values[name]);
  const written = year && filled(calendar.day, { year, month: calendar.months.split(" ")[month - 1], day: Number(day) });
  made.textContent = !year ? text : time ? filled(calendar.moment, { day: written, time }) : written;
  if (year) made.dateTime = text;
  return made;
}
