"""Domains at which anybody can have a mailbox: they do not tell one customer from another.

The list holds the large mailbox providers and access providers; it need not be complete,
since a domain alone never makes two customers one.
"""

_LISTED = """
126.com 139.com 163.com 1and1.com abv.bg aim.com alice.it aliyun.com aol.co.uk aol.com aol.de
arcor.de att.net bellsouth.net bigpond.com bigpond.net.au bluewin.ch blueyonder.co.uk bol.com.br
btinternet.com btopenworld.com centrum.cz charter.net chello.at comcast.net cox.net daum.net
docomo.ne.jp duck.com earthlink.net eircom.net email.com email.cz email.de ezweb.ne.jp
fastmail.com fastmail.fm foxmail.com free.fr freemail.hu freenet.de frontier.com gmail.com gmx.at
gmx.ch gmx.com gmx.de gmx.fr gmx.net googlemail.com hanmail.net hey.com home.nl hotmail.co.uk
hotmail.com hotmail.com.au hotmail.com.br hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl
hushmail.com icloud.com ig.com.br iinet.net.au inbox.lv inbox.ru interia.pl internode.on.net
juno.com kpnmail.nl laposte.net libero.it list.ru live.ca live.cn live.co.uk live.com live.com.au
live.de live.fr live.ie live.it live.nl lycos.com mac.com mail.com mail.de mail.ru mailbox.org
me.com msn.com mweb.co.za nate.com naver.com neuf.fr ntlworld.com o2.pl onet.pl online.de
online.no optonline.net optusnet.com.au orange.fr outlook.at outlook.be outlook.co.uk outlook.com
outlook.com.au outlook.de outlook.es outlook.fr outlook.ie outlook.it pm.me posteo.de proton.me
protonmail.ch protonmail.com ptd.net qq.com rambler.ru rediffmail.com rocketmail.com rogers.com
sapo.pt sasktel.net sbcglobal.net seznam.cz sfr.fr shaw.ca sina.com sky.com skynet.be
slingshot.co.nz sohu.com sympatico.ca t-online.de talktalk.net telenet.be telia.com telkomsa.net
telus.net terra.com.br tin.it tiscali.co.uk tiscali.it tpg.com.au tuta.io tutanota.com
ukonline.co.uk ukr.net uol.com.br upcmail.nl verizon.net videotron.ca virgilio.it virgin.net
virginmedia.com vodafone.it voila.fr wanadoo.fr web.de windowslive.com windstream.net wp.pl
xs4all.nl xtra.co.nz ya.ru yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.nz yahoo.co.uk yahoo.com
yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.mx yahoo.com.sg yahoo.de yahoo.es yahoo.fr
yahoo.ie yahoo.in yahoo.it yandex.com yandex.ru ymail.com zeelandnet.nl ziggo.nl zoho.com
"""

PUBLIC_DOMAINS = frozenset(_LISTED.split())
