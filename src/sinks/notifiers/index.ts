/** Every channel, in the order in which the reference lists them; a channel's table is [notify.<id>]. */
import type { Notifier } from '../../kit/define-notifier.ts'
import bark from './bark.ts'
import command from './command.ts'
import dingtalk from './dingtalk.ts'
import discord from './discord.ts'
import email from './email.ts'
import feishu from './feishu.ts'
import gotify from './gotify.ts'
import ntfy from './ntfy.ts'
import serverchan from './serverchan.ts'
import slack from './slack.ts'
import telegram from './telegram.ts'
import webhook from './webhook.ts'

export const NOTIFIERS: readonly Notifier[] = [
  email,
  telegram,
  slack,
  discord,
  webhook,
  ntfy,
  gotify,
  bark,
  serverchan,
  dingtalk,
  feishu,
  command,
]
