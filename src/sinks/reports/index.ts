/** Every report format; the command line's --format, the docs and the tests read this list. */
import type { ReportDeclaration } from '../../kit/define-report.ts'
import csv from './csv.ts'
import html from './html.ts'
import json from './json.ts'
import jsonl from './jsonl.ts'
import markdown from './markdown.ts'
import terminal from './terminal.ts'

export const REPORTS: readonly ReportDeclaration[] = [terminal, json, jsonl, html, markdown, csv]
